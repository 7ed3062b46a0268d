import { dependenciesOf, type Entity, type EntityKind, nameSpaceOf, parentOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import type { LiveStatistics } from './live-statistics.ts';

const SEPARATOR = '\0';

/** The key under which an entity is found by name; names cannot hold a NUL. */
export function nameKey(space: string, scope: string | number, name: string): string {
  return `${space}${SEPARATOR}${scope}${SEPARATOR}${name}`;
}

/** The constraints of that name over all schemas, columns with a NOT NULL constraint of that name included (pg_constraint.conname). */
export function constraintNameKey(name: string): string {
  return nameKey('constraintName', '', name);
}

/** None: it has no name of its own (cast, default privileges). */
function keysOf(entity: Entity): readonly string[] {
  if (!('name' in entity)) return [];
  const space = nameSpaceOf(entity.kind);
  if (typeof space === 'object') {
    const own = nameKey(space.within, parentOf(entity) ?? 0, entity.name as string);
    if (space.within === 'constraint') return [own, constraintNameKey(entity.name as string)];
    if (entity.kind === 'column' && entity.notNullName !== null) return [own, constraintNameKey(entity.notNullName)];
    return [own];
  }
  if (space === 'global') return [nameKey(entity.kind, '', entity.name as string)];
  const name = entity.name as { schema: string; name: string };
  return [nameKey(space === 'schemaObject' ? entity.kind : space, name.schema, name.name)];
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** Entities with the look-ups that keep questions cheap: by name, by kind, by parent, by what depends on them. */
export class EntityStore {
  readonly byId = new Map<EntityId, Entity>();
  readonly #byKind = new Map<EntityKind, Map<EntityId, Entity>>();
  readonly #byName = new Map<string, EntityId[]>();
  readonly #parts = new Map<EntityId, Map<EntityKind, Set<EntityId>>>();
  /** By what they depend on, by their kind, with the number of links. */
  readonly #dependents = new Map<EntityId, Map<EntityKind, Map<EntityId, number>>>();
  #schemaChanges = 0;
  statistics: LiveStatistics | undefined;

  /** Counts what happened to schemas: a search path means the same as long as it stays. */
  get schemaChanges(): number {
    return this.#schemaChanges;
  }

  put(entity: Entity): void {
    if (entity.kind === 'schema') this.#schemaChanges++;
    const before = this.byId.get(entity.id);
    if (before) this.#unlink(before);
    // An assumed table may turn out to be a view.
    if (before && before.kind !== entity.kind) this.#byKind.get(before.kind)?.delete(entity.id);
    this.byId.set(entity.id, entity);
    entry(this.#byKind, entity.kind, () => new Map<EntityId, Entity>()).set(entity.id, entity);
    for (const key of keysOf(entity)) entry(this.#byName, key, (): EntityId[] => []).push(entity.id);
    const parent = parentOf(entity);
    if (parent !== undefined) {
      const parts = entry(this.#parts, parent, () => new Map<EntityKind, Set<EntityId>>());
      entry(parts, entity.kind, () => new Set<EntityId>()).add(entity.id);
    }
    for (const { on } of dependenciesOf(entity)) {
      const kinds = entry(this.#dependents, on, () => new Map<EntityKind, Map<EntityId, number>>());
      const dependents = entry(kinds, entity.kind, () => new Map<EntityId, number>());
      dependents.set(entity.id, (dependents.get(entity.id) ?? 0) + 1);
    }
  }

  /** The same entity with other facts, none of which it is found by. */
  replace(entity: Entity): void {
    this.byId.set(entity.id, entity);
    this.#byKind.get(entity.kind)?.set(entity.id, entity);
  }

  remove(entity: Entity): void {
    if (entity.kind === 'schema') this.#schemaChanges++;
    this.#unlink(entity);
    this.byId.delete(entity.id);
    this.#byKind.get(entity.kind)?.delete(entity.id);
  }

  #unlink(entity: Entity): void {
    for (const key of keysOf(entity)) {
      const rest = (this.#byName.get(key) ?? []).filter((id) => id !== entity.id);
      if (rest.length > 0) this.#byName.set(key, rest);
      else this.#byName.delete(key);
    }
    const parent = parentOf(entity);
    if (parent !== undefined) this.#parts.get(parent)?.get(entity.kind)?.delete(entity.id);
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
  first(key: string): Entity | undefined {
    const id = this.#byName.get(key)?.[0];
    return id === undefined ? undefined : this.byId.get(id);
  }

  named(key: string): readonly Entity[] {
    return this.#entities(this.#byName.get(key) ?? NONE);
  }

  partsOf(parent: EntityId, kind: EntityKind): Entity[] {
    return this.#entities(this.#parts.get(parent)?.get(kind) ?? NONE).sort(byId);
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

function byId(a: Entity, b: Entity): number {
  return a.id - b.id;
}
