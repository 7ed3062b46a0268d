import type { Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, innerOf } from '../../sql/nodes.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { referencedColumn } from '../own-column.ts';
import { sameExpression } from '../same-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * The columns of a materialized view by which its query makes each row different: those it groups by, or the primary key of
 * the one table it reads. Undefined where the query does not say.
 */
export function distinctOutput(
  graph: SchemaGraph,
  { id, query }: EntityOf<'materializedView'>,
): readonly string[] | undefined {
  const select = fieldsOf(query.tree, 'SelectStmt');
  const outputs = select && outputsOf(select);
  if (select === undefined || outputs === undefined) return undefined;
  const positions =
    (select.groupClause ?? []).length > 0 ? groupedBy(select, outputs, query) : keyOf(graph, select, outputs, query);
  const columns = graph.columns(id);
  const names = positions?.map((at) => columns[at]?.name ?? '');
  return names?.every((each) => each !== '') ? names : undefined;
}

/** The expressions of the output columns; undefined where a star hides them. */
function outputsOf({ op, targetList }: SelectStmt): readonly Node[] | undefined {
  if (op !== undefined && op !== 'SETOP_NONE') return undefined;
  const values = (targetList ?? []).flatMap((each) => fieldsOf(each, 'ResTarget')?.val ?? []);
  const hidesSome = values.some((each) =>
    (fieldsOf(each, 'ColumnRef')?.fields ?? []).some((field) => 'A_Star' in field),
  );
  return hidesSome ? undefined : values;
}

function groupedBy(
  { groupClause }: SelectStmt,
  outputs: readonly Node[],
  query: BoundExpression,
): readonly number[] | undefined {
  const positions: number[] = [];
  for (const item of groupClause ?? []) {
    if ('GroupingSet' in item) return undefined;
    const inner = innerOf(item);
    const meaning = query.meanings.get(inner);
    const number = fieldsOf(item, 'A_Const')?.ival?.ival;
    const at =
      meaning?.kind === 'output'
        ? meaning.index
        : number !== undefined
          ? number - 1
          : outputs.findIndex((each) => sameExpression({ ...query, tree: each }, { ...query, tree: item }));
    if (outputs[at] === undefined) return undefined;
    if (!positions.includes(at)) positions.push(at);
  }
  return positions;
}

function keyOf(
  graph: SchemaGraph,
  { fromClause, distinctClause }: SelectStmt,
  outputs: readonly Node[],
  query: BoundExpression,
): readonly number[] | undefined {
  const [only, ...others] = fromClause ?? [];
  const range = fieldsOf(only, 'RangeVar');
  const meaning = range && query.meanings.get(range);
  if (others.length > 0 || meaning?.kind !== 'source' || meaning.relation === undefined || distinctClause)
    return undefined;
  const key = graph.find(meaning.relation)?.kind === 'table' ? graph.primaryKey(meaning.relation) : undefined;
  const positions = key?.columns.map((id) => outputs.findIndex((each) => referencedColumn(each, query) === id));
  return positions?.every((at) => at >= 0) ? positions : undefined;
}
