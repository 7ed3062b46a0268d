import { dependenciesOf, type Entity, type EntityKind, type EntityOf, parentOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import type { LiveStatistics } from './live-statistics.ts';
import { NameIndex } from './name-index.ts';

/** Entities with the look-ups that keep questions cheap: by name, by kind, by parent, by what depends on them. */
export class EntityStore {
  readonly names = new NameIndex();
  /** Ids are given without gaps: an array finds them faster than a Map. */
  readonly #byId: (Entity | undefined)[] = [];
  /** In the order in which they became of that kind; those that are gone stay listed and are passed over. */
  readonly #byKind = new Map<EntityKind, EntityId[]>();
  /** Under which kind an id is listed. */
  readonly #listedAs: (EntityKind | undefined)[] = [];
  /** What `ofKind` gave, as long as nothing of that kind changes. */
  readonly #kinds = new Map<EntityKind, readonly Entity[]>();
  readonly #parts: (ByKind<Parts> | undefined)[] = [];
  /** By what they depend on, and by their kind. */
  readonly #dependents: (ByKind<Links> | undefined)[] = [];
  /** By relation, how often its row came to look different: a new column, another type or position of one. */
  readonly #rowChanges: number[] = [];
  #changes = 0;
  #schemaChanges = 0;
  #renames = 0;
  statistics: LiveStatistics | undefined;
  extraSearchPath: readonly string[] | undefined;

  /** Counts what happened: an answer holds as long as it stays. */
  get changes(): number {
    return this.#changes;
  }

  /** Counts what happened to schemas: a search path means the same as long as it stays. */
  get schemaChanges(): number {
    return this.#schemaChanges;
  }

  /** Counts what entities were given another name, or taken out. */
  get renames(): number {
    return this.#renames;
  }

  /** Counts what happened to the row of a relation, besides what `renames` counts. */
  rowChanges(relation: EntityId): number {
    return this.#rowChanges[relation] ?? 0;
  }

  find(id: EntityId): Entity | undefined {
    return this.#byId[id];
  }

  put(entity: Entity): void {
    if (entity.kind === 'schema') this.#schemaChanges++;
    const before = this.#byId[entity.id];
    if (before) {
      this.#unlink(before);
      if ('name' in before && 'name' in entity && before.name !== entity.name) this.#renames++;
    }
    this.#hold(entity);
    this.names.add(entity);
    const parent = parentOf(entity);
    if (parent !== undefined) this.#addPart(parent, entity);
    for (const { on } of dependenciesOf(entity)) {
      const kinds = kindsAt(this.#dependents, on);
      kinds[entity.kind] = withLink(kinds[entity.kind], entity.id);
    }
  }

  /** The same entity with other facts, none of which it is found by. */
  replace(entity: Entity): void {
    this.#hold(entity);
    const parts = this.#partsWith(entity);
    if (parts !== undefined) parts.entities = undefined;
  }

  #hold(entity: Entity): void {
    this.#changes++;
    const { id, kind } = entity;
    while (this.#byId.length < id) this.#byId.push(undefined);
    if (kind === 'column' && !looksTheSame(entity, this.#byId[id])) this.#noteRowChange(entity.relation);
    this.#byId[id] = entity;
    this.#kinds.delete(kind);
    if (this.#listedAs[id] !== kind) this.#list(id, kind);
  }

  #list(id: EntityId, kind: EntityKind): void {
    while (this.#listedAs.length < id) this.#listedAs.push(undefined);
    const other = this.#listedAs[id];
    // An assumed table may turn out to be a view.
    if (other !== undefined) {
      this.#kinds.delete(other);
      this.#byKind.set(other, this.#byKind.get(other)?.filter((each) => each !== id) ?? []);
    }
    this.#listedAs[id] = kind;
    const ids = this.#byKind.get(kind);
    if (ids === undefined) this.#byKind.set(kind, [id]);
    else ids.push(id);
  }

  #noteRowChange(relation: EntityId): void {
    while (this.#rowChanges.length <= relation) this.#rowChanges.push(0);
    this.#rowChanges[relation] = (this.#rowChanges[relation] ?? 0) + 1;
  }

  #addPart(parent: EntityId, { kind, id }: Entity): void {
    const kinds = kindsAt(this.#parts, parent);
    const parts = kinds[kind];
    if (parts === undefined) kinds[kind] = { ids: [id], entities: undefined };
    else {
      const { ids } = parts;
      ids.push(id);
      if ((ids[ids.length - 2] ?? 0) > id) ids.sort((a, b) => a - b);
      parts.entities = undefined;
    }
  }

  #partsWith(entity: Entity): Parts | undefined {
    const parent = parentOf(entity);
    return parent === undefined ? undefined : this.#parts[parent]?.[entity.kind];
  }

  remove(entity: Entity): void {
    if (entity.kind === 'schema') this.#schemaChanges++;
    this.#renames++;
    this.#changes++;
    this.#unlink(entity);
    this.#byId[entity.id] = undefined;
    this.#kinds.delete(entity.kind);
  }

  #unlink(entity: Entity): void {
    this.names.remove(entity);
    const parts = this.#partsWith(entity);
    const place = parts?.ids.indexOf(entity.id) ?? -1;
    if (parts !== undefined && place >= 0) {
      parts.ids.splice(place, 1);
      parts.entities = undefined;
    }
    for (const { on } of dependenciesOf(entity)) {
      const kinds = kindsAt(this.#dependents, on);
      kinds[entity.kind] = withoutLink(kinds[entity.kind], entity.id);
    }
  }

  *all(): Iterable<Entity> {
    for (const entity of this.#byId) if (entity !== undefined) yield entity;
  }

  /** In the order in which they became of that kind. What comes or goes while they are gone through is not in it. */
  ofKind(kind: EntityKind): readonly Entity[] {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const ids = this.#byKind.get(kind);
    if (ids === undefined) return NOTHING;
    const found = this.#entities(ids).filter((entity) => entity.kind === kind);
    this.#kinds.set(kind, found);
    return found;
  }

  /** The only, or the oldest, of that name. */
  first(space: string, scope: string | number, name: string): Entity | undefined {
    const id = this.names.first(space, scope, name);
    return id === undefined ? undefined : this.#byId[id];
  }

  named(space: string, scope: string | number, name: string): readonly Entity[] {
    return this.#entities(this.names.all(space, scope, name));
  }

  /** In the order of their ids; columns in that of their positions. */
  partsOf(parent: EntityId, kind: EntityKind): readonly Entity[] {
    const parts = this.#parts[parent]?.[kind];
    if (parts === undefined) return NOTHING;
    parts.entities ??= inOrder(this.#entities(parts.ids), kind);
    return parts.entities;
  }

  dependentsOf(id: EntityId): Entity[] {
    const found: Entity[] = [];
    for (const links of Object.values(this.#dependents[id] ?? {})) this.#addLinked(links, found);
    return found;
  }

  dependentsOfKind(id: EntityId, kind: EntityKind): Entity[] {
    const found: Entity[] = [];
    this.#addLinked(this.#dependents[id]?.[kind], found);
    return found;
  }

  #addLinked(links: Links, found: Entity[]): void {
    if (links === undefined) return;
    for (const id of typeof links === 'number' ? [links] : links.keys()) {
      const entity = this.#byId[id];
      if (entity !== undefined) found.push(entity);
    }
  }

  #entities(ids: Iterable<EntityId>): Entity[] {
    const found: Entity[] = [];
    for (const id of ids) {
      const entity = this.#byId[id];
      if (entity) found.push(entity);
    }
    return found;
  }
}

function looksTheSame(column: EntityOf<'column'>, before: Entity | undefined): boolean {
  return (
    before?.kind === 'column' &&
    before.name === column.name &&
    before.type === column.type &&
    before.position === column.position
  );
}

type ByKind<T> = { [K in EntityKind]?: T | undefined };

function kindsAt<T>(all: (ByKind<T> | undefined)[], id: EntityId): ByKind<T> {
  const known = all[id];
  if (known !== undefined) return known;
  while (all.length < id) all.push(undefined);
  const made: ByKind<T> = {};
  all[id] = made;
  return made;
}

/** The dependents of one kind: nearly always a single one by a single link; else each with the number of its links. */
type Links = EntityId | Map<EntityId, number> | undefined;

function withLink(links: Links, id: EntityId): Links {
  if (links === undefined) return id;
  const counts = typeof links === 'number' ? new Map([[links, 1]]) : links;
  counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function withoutLink(links: Links, id: EntityId): Links {
  if (typeof links !== 'object') return links === id ? undefined : links;
  const count = links.get(id) ?? 0;
  if (count > 1) links.set(id, count - 1);
  else links.delete(id);
  return links;
}

/** The parts of one kind of an entity. */
interface Parts {
  /** In ascending order. */
  readonly ids: EntityId[];
  /** Found when they are asked for, and again after a change. */
  entities: readonly Entity[] | undefined;
}

/** Columns mostly are in order already. */
function inOrder(entities: Entity[], kind: EntityKind): readonly Entity[] {
  if (kind !== 'column') return entities;
  const columns = entities as EntityOf<'column'>[];
  const isSorted = columns.every((each, index) => index === 0 || (columns[index - 1]?.position ?? 0) <= each.position);
  return isSorted ? columns : columns.sort((a, b) => a.position - b.position);
}

const NOTHING: readonly Entity[] = [];
