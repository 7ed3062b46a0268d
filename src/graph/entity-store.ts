import { dependenciesOf, type Entity, type EntityKind, parentOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import type { LiveStatistics } from './live-statistics.ts';
import { innerMap, NameIndex } from './name-index.ts';

/** Entities with the look-ups that keep questions cheap: by name, by kind, by parent, by what depends on them. */
export class EntityStore {
  readonly byId = new Map<EntityId, Entity>();
  readonly names = new NameIndex();
  readonly #byKind = new Map<EntityKind, Map<EntityId, Entity>>();
  /** By parent, then kind: ids in ascending order. */
  readonly #parts = new Map<EntityId, Map<EntityKind, EntityId[]>>();
  /** By what they depend on, by their kind, with the number of links. */
  readonly #dependents = new Map<EntityId, Map<EntityKind, Map<EntityId, number>>>();
  /** By relation, how often it or one of its columns was written. */
  readonly #rowChanges = new Map<EntityId, number>();
  #schemaChanges = 0;
  #renames = 0;
  statistics: LiveStatistics | undefined;

  /** Counts what happened to schemas: a search path means the same as long as it stays. */
  get schemaChanges(): number {
    return this.#schemaChanges;
  }

  /** Counts what entities were given another name, or taken out. */
  get renames(): number {
    return this.#renames;
  }

  /** Counts what happened to a relation and its columns. */
  rowChanges(relation: EntityId): number {
    return this.#rowChanges.get(relation) ?? 0;
  }

  put(entity: Entity): void {
    if (entity.kind === 'schema') this.#schemaChanges++;
    const before = this.byId.get(entity.id);
    if (before) {
      this.#unlink(before);
      if ('name' in before && 'name' in entity && before.name !== entity.name) this.#renames++;
      // An assumed table may turn out to be a view.
      if (before.kind !== entity.kind) this.#byKind.get(before.kind)?.delete(entity.id);
    }
    this.#hold(entity);
    this.names.add(entity);
    const parent = parentOf(entity);
    if (parent !== undefined) this.#addPart(parent, entity);
    for (const { on } of dependenciesOf(entity)) {
      const dependents = innerMap(innerMap(this.#dependents, on), entity.kind);
      dependents.set(entity.id, (dependents.get(entity.id) ?? 0) + 1);
    }
  }

  /** The same entity with other facts, none of which it is found by. */
  replace(entity: Entity): void {
    this.#hold(entity);
  }

  #hold(entity: Entity): void {
    this.byId.set(entity.id, entity);
    innerMap(this.#byKind, entity.kind).set(entity.id, entity);
    this.#noteRowChange(entity);
  }

  #noteRowChange(entity: Entity): void {
    const relation = entity.kind === 'column' ? entity.relation : entity.id;
    this.#rowChanges.set(relation, (this.#rowChanges.get(relation) ?? 0) + 1);
  }

  #addPart(parent: EntityId, { kind, id }: Entity): void {
    const kinds = innerMap(this.#parts, parent);
    const ids = kinds.get(kind);
    if (ids === undefined) kinds.set(kind, [id]);
    else {
      ids.push(id);
      if ((ids[ids.length - 2] ?? 0) > id) ids.sort((a, b) => a - b);
    }
  }

  remove(entity: Entity): void {
    if (entity.kind === 'schema') this.#schemaChanges++;
    this.#renames++;
    this.#unlink(entity);
    this.byId.delete(entity.id);
    this.#byKind.get(entity.kind)?.delete(entity.id);
    this.#noteRowChange(entity);
  }

  #unlink(entity: Entity): void {
    this.names.remove(entity);
    const parent = parentOf(entity);
    const parts = parent === undefined ? undefined : this.#parts.get(parent)?.get(entity.kind);
    const place = parts?.indexOf(entity.id) ?? -1;
    if (place >= 0) parts?.splice(place, 1);
    for (const { on } of dependenciesOf(entity)) {
      const dependents = this.#dependents.get(on)?.get(entity.kind);
      const count = dependents?.get(entity.id) ?? 0;
      if (count > 1) dependents?.set(entity.id, count - 1);
      else dependents?.delete(entity.id);
    }
  }

  all(): Iterable<Entity> {
    return this.byId.values();
  }

  ofKind(kind: EntityKind): Iterable<Entity> {
    return this.#byKind.get(kind)?.values() ?? [];
  }

  /** The only, or the oldest, of that name. */
  first(space: string, scope: string | number, name: string): Entity | undefined {
    const id = this.names.first(space, scope, name);
    return id === undefined ? undefined : this.byId.get(id);
  }

  named(space: string, scope: string | number, name: string): readonly Entity[] {
    return this.#entities(this.names.all(space, scope, name));
  }

  /** In the order of their ids. */
  partsOf(parent: EntityId, kind: EntityKind): Entity[] {
    return this.#entities(this.#parts.get(parent)?.get(kind) ?? NONE);
  }

  dependentsOf(id: EntityId): Entity[] {
    const kinds = this.#dependents.get(id);
    return kinds ? [...kinds.keys()].flatMap((kind) => this.dependentsOfKind(id, kind)) : [];
  }

  dependentsOfKind(id: EntityId, kind: EntityKind): Entity[] {
    return this.#entities(this.#dependents.get(id)?.get(kind)?.keys() ?? NONE);
  }

  #entities(ids: Iterable<EntityId>): Entity[] {
    const found: Entity[] = [];
    for (const id of ids) {
      const entity = this.byId.get(id);
      if (entity) found.push(entity);
    }
    return found;
  }
}

const NONE: readonly EntityId[] = [];
