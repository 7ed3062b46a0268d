import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { wordsOf } from '../lexicon/words.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * The columns of an index that is not unique, though it is called as Postgres and object mappers call that of a unique key: by the table, the columns
 * and `key`. None where a unique key of these columns or some of them stands beside it.
 */
export function columnsCalledUnique(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  index: EntityOf<'index'>,
): readonly EntityOf<'column'>[] {
  if (index.isUnique || index.method !== 'btree' || index.predicate !== null) return [];
  const key = index.keys.flatMap(({ column }) => (column === null ? [] : graph.get('column', column)));
  if (key.length !== index.keys.length) return [];
  const words = [table.name.name, ...key.map((each) => each.name), 'key'].flatMap(wordsOf).join('_');
  if (wordsOf(index.name.name).join('_') !== words) return [];
  const isOfThese = (column: EntityId | null) => key.some(({ id }) => id === column);
  const isSettled = graph.ownedBy(table.id, 'index').some(({ isUnique, predicate, keys }) => {
    const isOverAll = predicate === null || keys.length === key.length;
    return isUnique && isOverAll && keys.every(({ column }) => isOfThese(column));
  });
  return isSettled ? [] : key;
}
