import type { Entity, EntityKind, EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { EntityStore } from './entity-store.ts';
import type { Change, Difference, Doubt, Part, Problem, Settlement, Statement } from './journal.ts';
import type { LiveStatistics } from './live-statistics.ts';
import { CATALOG, type Origin, PLATFORM } from './origin.ts';
import { SchemaGraph } from './schema-graph.ts';

/** What a creator says of a new entity: everything but its identity and history. */
export type Draft<E extends Entity> = E extends Entity
  ? Omit<E, 'id' | 'origin' | 'setBy' | 'comment'> & { readonly comment?: string | null; readonly origin?: Origin }
  : never;

export type Facts<E extends Entity> = Partial<Omit<E, 'kind' | 'id' | 'origin' | 'setBy'>>;

type Identity = Pick<Entity, 'id' | 'origin' | 'setBy' | 'comment'>;

/** Who writes: a statement of the history, the platform's own set-up (no journal), or a catalog reader (no journal). */
export type Writer = Statement | 'platform' | 'catalog';

/** How far the journal and the doubts had come: what `undoTo` returns to. */
export interface Mark {
  readonly changes: number;
  readonly doubts: number;
  readonly settled: number;
}

/** A schema as plain data. */
export interface SchemaContents {
  readonly entities: readonly Entity[];
  readonly lastId: number;
}

/**
 * The only writer of a graph. Each call makes one journal entry, so that state, history and provenance cannot drift apart.
 * `graph` is the live view of what has been written so far.
 */
export class SchemaBuilder {
  readonly #store = new EntityStore();
  readonly #journal: Change[] = [];
  readonly #doubts: Doubt[] = [];
  readonly #settled: Settlement[] = [];
  readonly graph: SchemaGraph = new SchemaGraph(this.#store, this.#doubts, this.#settled);
  readonly #stoodFor = new WeakMap<Change, Entity>();
  #lastId = 0;

  /** An identity for an entity to be created soon, so that two can point at each other. */
  reserve(): EntityId {
    return ++this.#lastId as EntityId;
  }

  /**
   * @param draft is the builder's from then on, and becomes the entity itself
   * @param id reserved before, or that of an assumed entity which this one turns out to be: what points there then points
   * here, and facts that statements set on the assumption stay set.
   */
  create<K extends EntityKind>(
    draft: Draft<EntityOf<K>> & { readonly kind: K },
    by: Writer,
    id: EntityId = this.reserve(),
  ): EntityOf<K> {
    const assumed = this.#store.find(id);
    // Not copied: an object literal of each caller has a shape of its own, and V8 copies objects of many shapes slowly.
    const made = draft as { -readonly [Fact in keyof Identity]?: Identity[Fact] };
    made.comment ??= null;
    made.id = id;
    made.origin ??= originOf(by);
    made.setBy = assumed?.setBy ?? NOTHING_SET;
    const entity = (assumed ? { ...made, ...factsSet(assumed) } : made) as unknown as EntityOf<K>;
    this.#store.put(entity);
    if (typeof by === 'object') {
      const change: Change = { type: 'created', by, after: entity };
      if (assumed) this.#stoodFor.set(change, assumed);
      this.#journal.push(change);
    }
    return entity;
  }

  /** Changes facts; nothing happens for an empty set. The place of `origin`, default the statement, is kept per fact. */
  alter<E extends Entity>(entity: E, facts: Facts<E>, by: Writer, origin: Origin = originOf(by)): E {
    const before = this.#store.find(entity.id) as E | undefined;
    if (before === undefined) throw new Error(`cannot alter ${entity.kind} ${entity.id}: it was dropped`);
    const names = Object.keys(facts);
    if (names.length === 0) return before;
    const setBy: Record<string, Origin> = { ...before.setBy };
    for (const name of names) setBy[name] = origin;
    const after = { ...before, ...facts, setBy } as E;
    if (names.every((name) => WITHOUT_LINKS.has(name))) this.#store.replace(after);
    else this.#store.put(after);
    if (typeof by === 'object') this.#journal.push({ type: 'altered', by, before, after });
    return after;
  }

  /** The same expressions with their names looked up anew: no statement did that, so that it is no change of the history. */
  rebind<E extends Entity>(entity: E, facts: Facts<E>): void {
    this.#store.put({ ...entity, ...facts });
  }

  /** Says where an entity of a catalog was made, as far as that is known from elsewhere. */
  place(entity: Entity, origin: Origin, setBy: Entity['setBy'] = {}): void {
    this.#store.replace({ ...entity, origin, setBy });
  }

  /** Takes out this one entity. What goes with it is drop-plan.ts' business: drop dependents first. */
  drop(entity: Entity, by: Writer): void {
    const before = this.#store.find(entity.id);
    if (before === undefined) return;
    this.#store.remove(before);
    if (typeof by === 'object') this.#journal.push({ type: 'dropped', by, before });
  }

  /**
   * Positions that close up after a dropped column: no statement set them, so no fact's origin changes. The journal has an
   * entry all the same, for undoTo().
   */
  renumber(column: EntityOf<'column'>, position: number, by: Writer): void {
    const after = { ...column, position };
    this.#store.put(after);
    if (typeof by === 'object') this.#journal.push({ type: 'altered', by, before: column, after });
  }

  skipped(existing: Entity, differences: readonly Difference[], by: Statement): void {
    this.#journal.push({ type: 'skipped', by, existing, differences });
  }

  failed(problem: Problem, by: Statement): Change {
    const change: Change = { type: 'failed', by, problem };
    this.#journal.push(change);
    return change;
  }

  /** Is the change still part of the history: undoTo() takes back what a failed statement or a ROLLBACK made. */
  stands(change: Change, index: number): boolean {
    return this.#journal[index] === change;
  }

  rejected(change: Omit<Extract<Change, { type: 'rejected' }>, 'type'>): void {
    this.#journal.push({ type: 'rejected', ...change });
  }

  doubt(doubt: Omit<Doubt, 'before'>): void {
    this.#doubts.push({ ...doubt, before: this.#lastId + 1 });
  }

  /** The relation has no such part now, whatever was in doubt. */
  settle(owner: EntityId, { kind, name }: Part): void {
    if (this.#doubts.length > 0) this.#settled.push({ owner, kind, name, doubts: this.#doubts.length });
  }

  /** What a server counted about the entities written so far. */
  measure(statistics: LiveStatistics): void {
    this.#store.statistics = statistics;
  }

  /** What the project, beside its schema, says of its API. */
  servedWith(extraSearchPath: readonly string[] | undefined): void {
    this.#store.extraSearchPath = extraSearchPath;
  }

  mark(): Mark {
    return { changes: this.#journal.length, doubts: this.#doubts.length, settled: this.#settled.length };
  }

  /** Undoes everything since the mark (ROLLBACK, a subtransaction that failed): the journal forgets it too. */
  undoTo(mark: Mark): void {
    while (this.#journal.length > mark.changes) {
      const change = this.#journal.pop();
      if (change?.type === 'created') {
        const assumed = this.#stoodFor.get(change);
        if (assumed) this.#store.put(assumed);
        else this.#store.remove(this.#store.find(change.after.id) ?? change.after);
      }
      if (change?.type === 'altered' || change?.type === 'dropped') this.#store.put(change.before);
    }
    this.#doubts.length = mark.doubts;
    this.#settled.length = mark.settled;
  }

  /** The changes since a mark, oldest first. */
  since({ changes }: Pick<Mark, 'changes'>): readonly Change[] {
    return this.#journal.slice(changes);
  }

  /** All that has been written so far, to be taken up by another builder with `adopt`. */
  contents(): SchemaContents {
    return { entities: [...this.#store.all()], lastId: this.#lastId };
  }

  /** Takes up what another builder had; only a builder that wrote nothing yet may. */
  adopt({ entities, lastId }: SchemaContents, doubts: readonly Doubt[] = []): void {
    if (this.#lastId > 0) throw new Error('a builder that wrote something cannot adopt');
    for (const entity of entities) this.#store.put(entity);
    this.#doubts.push(...doubts);
    this.#lastId = lastId;
  }

  build(): { readonly graph: SchemaGraph; readonly journal: readonly Change[] } {
    return { graph: this.graph, journal: this.#journal };
  }
}

const NOTHING_SET: Entity['setBy'] = Object.freeze({});

function factsSet(entity: Entity): Partial<Entity> {
  const facts = Object.entries(entity).filter(([name]) => Object.hasOwn(entity.setBy, name));
  return Object.fromEntries(facts) as Partial<Entity>;
}

/** Facts by which nothing is found and on which nothing depends: most of what GRANT and ALTER change. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set([
  ...['acl', 'comment', 'owner', 'rowSecurity', 'forceRowSecurity', 'notNull', 'notNullName', 'isValidated', 'isValid'],
  ...['enabled', 'options', 'position', 'config', 'isAssumed'],
]);

function originOf(by: Writer): Origin {
  if (by === 'platform') return PLATFORM;
  if (by === 'catalog') return CATALOG;
  return { from: 'statement', at: by.at };
}
