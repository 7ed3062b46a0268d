import { canonical } from '../binding/canonical.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { eachStatement, listsIn } from '../query-shapes/pl-statements.ts';
import { NULL, type Query } from '../query-shapes/query.ts';
import { type HeldWrite, writesTo } from '../query-shapes/schema-queries.ts';
import { bodyTree } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Does a PL/pgSQL routine add two rows to the table, one after the other, that have the same values in the one
 * columns and perhaps no value in the others? Then rows are meant to agree in all but those.
 */
export function addsTwins(
  graph: SchemaGraph,
  table: EntityId,
  columns: readonly EntityId[],
  others: readonly EntityId[],
): boolean {
  const seen = new Map<EntityOf<'function'>, Set<string>>();
  return writesTo(graph, table).some((held) => {
    const { holder, write } = held;
    if (holder.kind !== 'function' || write.kind !== 'insert' || write.onConflict !== null) return false;
    const list = listAround(holder, held.query);
    const values = columns.map((column) => valueIn(held, column));
    if (list === undefined || values.includes(undefined) || !others.some((each) => mayLackValue(held, each)))
      return false;
    const rows = seen.get(holder) ?? new Set<string>();
    seen.set(holder, rows);
    const row = JSON.stringify([list, values]);
    const isTwin = rows.has(row);
    rows.add(row);
    return isTwin;
  });
}

/** Which list of statements it stands in: what is in two branches never runs one after the other. */
function listAround(routine: EntityOf<'function'>, { node }: Query): number | undefined {
  const tree = bodyTree(routine);
  if (tree.language !== 'plpgsql') return undefined;
  const lists = [...eachStatement([tree.block])].flatMap(({ statement }) => listsIn(statement));
  const found = lists.findIndex((list) => list.some((each) => each.kind === 'sql' && each.sql.tree === node));
  return found === -1 ? undefined : found;
}

function mayLackValue({ write }: HeldWrite, column: EntityId): boolean {
  const constant = write.sets.find((each) => each.column === column)?.constant ?? NULL;
  return constant === NULL;
}

/** A constant, a variable or a column of the row that fired the trigger; what is computed may be another value each time. */
function valueIn({ query, write }: HeldWrite, column: EntityId): string | undefined {
  const set = write.sets.find((each) => each.column === column);
  if (set === undefined || set.value === null || set.from === 'expression' || set.from === 'subselect')
    return undefined;
  return canonical(set.value, query.binding, String);
}
