import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';

const STORES: NamePatterns = ['*_secret_store', '*_secret_reference', '*_secret'];
const NAMES: NamePatterns = ['key', 'name'];
const REFERENCES: NamePatterns = ['*_secret_key', '*_secret_name'];

/**
 * Where a table keeps secrets, or what they are called, by a unique key or name, `signing_secret_key` of another table is mostly
 * that key and not the secret.
 */
export function mayNameSecret(graph: SchemaGraph, { name, relation }: EntityOf<'column'>): boolean {
  return isNamed(name, REFERENCES) && [...secretStores(graph)].some((store) => store !== relation);
}

const secretStores = askedOnce((graph): ReadonlySet<EntityId> => {
  const tables = graph.ofKind('table').filter((each) => isUsersOwn(graph, each) && isNamed(each.name.name, STORES));
  return new Set(tables.filter((each) => hasUniqueName(graph, each.id)).map(({ id }) => id));
});

function hasUniqueName(graph: SchemaGraph, table: EntityId): boolean {
  const names = graph
    .columns(table)
    .filter((each) => isNamed(each.name, NAMES) && typeClass(graph, each.type) === 'text');
  const keys = graph.ownedBy(table, 'index').filter((each) => each.isUnique);
  return names.some(({ id }) => keys.some((each) => each.keys.some(({ column }) => column === id)));
}
