import { type Entity, nameSpaceOf, parentOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';

/** One entity, or several of one name (overloads) in the order in which they were made. */
type Named = EntityId | EntityId[];

/** The name space in which constraints are found over all schemas: pg_constraint.conname, NOT NULL constraints of columns included. */
export const CONSTRAINT_NAMES = 'constraintName';

/**
 * Entities by name. A name is looked for in a space (relations, types, columns …) and a scope: a schema, or the entity it is
 * part of; '' where names hold over the whole database. Maps in maps: joining the parts to one key took longer than the rest.
 */
export class NameIndex {
  readonly #spaces = new Map<string, Map<string | number, Map<string, Named>>>();

  add(entity: Entity): void {
    forEachName(entity, (space, scope, name) => {
      const names = innerMap(innerMap(this.#spaces, space), scope);
      const known = names.get(name);
      if (known === undefined) names.set(name, entity.id);
      else if (typeof known === 'number') names.set(name, [known, entity.id]);
      else known.push(entity.id);
    });
  }

  remove(entity: Entity): void {
    forEachName(entity, (space, scope, name) => {
      const names = this.#spaces.get(space)?.get(scope);
      const known = names?.get(name);
      if (names === undefined || known === undefined) return;
      const rest = typeof known === 'number' ? [] : known.filter((id) => id !== entity.id);
      if (typeof known === 'number' ? known === entity.id : rest.length === 0) names.delete(name);
      else if (typeof known !== 'number') names.set(name, rest);
      if (names.size === 0) this.#spaces.get(space)?.delete(scope);
    });
  }

  /** The only, or the oldest, of that name. */
  first(space: string, scope: string | number, name: string): EntityId | undefined {
    const known = this.#spaces.get(space)?.get(scope)?.get(name);
    return typeof known === 'object' ? known[0] : known;
  }

  all(space: string, scope: string | number, name: string): readonly EntityId[] {
    const known = this.#spaces.get(space)?.get(scope)?.get(name);
    return known === undefined ? NONE : typeof known === 'number' ? [known] : known;
  }
}

const NONE: readonly EntityId[] = [];

/** The map under the key, made when there is none. */
export function innerMap<K, Inner, V>(maps: Map<K, Map<Inner, V>>, key: K): Map<Inner, V> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const made = new Map<Inner, V>();
  maps.set(key, made);
  return made;
}

/** Nothing for what has no name of its own (cast, default privileges). */
function forEachName(entity: Entity, visit: (space: string, scope: string | number, name: string) => void): void {
  if (!('name' in entity)) return;
  const space = nameSpaceOf(entity.kind);
  const { name } = entity;
  if (typeof space === 'object') {
    visit(space.within, parentOf(entity) ?? 0, name as string);
    if (space.within === 'constraint') visit(CONSTRAINT_NAMES, '', name as string);
    if (entity.kind === 'column' && entity.notNullName !== null) visit(CONSTRAINT_NAMES, '', entity.notNullName);
  } else if (typeof name === 'string') visit(entity.kind, '', name);
  else visit(space === 'schemaObject' ? entity.kind : space, name.schema, name.name);
}
