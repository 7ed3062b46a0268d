import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { givesOneValue } from '../binding/questions/one-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { needsValue } from '../nulls/missing-values.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isRewritten } from '../triggers/write-guards.ts';

/**
 * The table to which a view passes on INSERT, UPDATE and DELETE by itself: it selects a plain column of that one table at least,
 * with nothing but a WHERE; computed columns beside it are read-only, aggregates and functions that return sets are not allowed
 * (view_query_is_auto_updatable(), src/backend/rewrite/rewriteHandler.c). A view that calls what is not known is left out, and one with
 * rules or triggers of its own, which may do something else instead.
 */
export function updatableTable(graph: SchemaGraph, view: EntityOf<'view'>): EntityOf<'table'> | undefined {
  const select = fieldsOf(view.query.tree, 'SelectStmt');
  const isDoneOtherwise =
    graph.ownedBy(view.id, 'trigger').length > 0 || graph.ownedBy(view.id, 'rewriteRule').length > 0;
  if (select === undefined || isDoneOtherwise) return undefined;
  const { distinctClause, groupClause, havingClause, valuesLists, limitCount, limitOffset, withClause, op } = select;
  const parts = [
    distinctClause,
    groupClause,
    valuesLists,
    havingClause,
    limitCount,
    limitOffset,
    withClause,
    select.larg,
  ];
  if (parts.some((each) => each !== undefined) || (op !== undefined && op !== 'SETOP_NONE')) return undefined;
  const [source, ...others] = select.fromClause ?? [];
  const range = fieldsOf(source, 'RangeVar');
  const targets = select.targetList ?? [];
  if (range === undefined || others.length > 0 || !targets.some(isPlainColumn)) return undefined;
  if (!targets.every((each) => givesOneValue(each, view.query))) return undefined;
  const meaning = view.query.meanings.get(range);
  const relation =
    meaning?.kind === 'source' && meaning.relation !== undefined ? graph.find(meaning.relation) : undefined;
  return relation?.kind === 'table' ? relation : undefined;
}

/** The clients that may write rows of that table through the view, each with what it may do: no INSERT where one always fails. */
export function writersThrough(
  graph: SchemaGraph,
  view: EntityOf<'view'>,
  table: EntityOf<'table'>,
  access: readonly ClientAccess[],
): readonly ClientAccess[] {
  const isAddable = unfilledColumn(graph, view, table) === undefined;
  return access
    .map((each) => ({
      ...each,
      commands: each.commands.filter((command) => command !== 'select' && (command !== 'insert' || isAddable)),
    }))
    .filter(({ commands }) => commands.length > 0);
}

/**
 * A column of that table that is NOT NULL, that nothing fills, and that the view does not pass on: every INSERT through the view ends in 23502. Undefined where
 * a trigger may fill it.
 */
function unfilledColumn(
  graph: SchemaGraph,
  view: EntityOf<'view'>,
  table: EntityOf<'table'>,
): EntityOf<'column'> | undefined {
  if (graph.isDoubtful(table, ['columns', 'triggers']) || isRewritten(graph, table, 'insert')) return undefined;
  const passed = passedColumns(view);
  return graph.columns(table.id).find((each) => !passed.includes(each.id) && needsValue(graph, each));
}

/** The columns that a plain view passes on as they are: those that can be written through it. */
export function passedColumns({ query: { tree, meanings } }: EntityOf<'view'>): readonly EntityId[] {
  return (fieldsOf(tree, 'SelectStmt')?.targetList ?? []).flatMap((each) => {
    const reference = fieldsOf(fieldsOf(each, 'ResTarget')?.val, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    const columns = meaning?.kind === 'star' ? meaning.columns : meaning?.kind === 'column' ? [meaning] : [];
    return columns.flatMap(({ column }) => column ?? []);
  });
}

function isPlainColumn(target: Node): boolean {
  const value = fieldsOf(target, 'ResTarget')?.val;
  return value !== undefined && 'ColumnRef' in value;
}
