import type { Node } from '@pgsql/types';
import { nodesOf } from '../../sql/walk.ts';
import type { GivenToFunction } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { isIndexedEquality } from '../query-shapes/column-tests.ts';
import { variableOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Does a function use what it is given for nothing but to find the row whose key that is: `where l.id = p_listing_id`? Not where it joins that row by the same key
 * to others, as a membership does.
 */
export function findsRowByKey(
  graph: SchemaGraph,
  { routine: id, parameters }: GivenToFunction,
  { referencedTable, referencedColumns }: Pick<EntityOf<'foreignKey'>, 'referencedTable' | 'referencedColumns'>,
): boolean {
  const routine = graph.find(id);
  if (routine?.kind !== 'function') return false;
  const { isWhole, queries, expressions } = routineShape(graph, routine);
  const isKey = (column: EntityOf<'column'>['id']) => referencedColumns.includes(column);
  if (!isWhole || queries.some(({ joins }) => joins.some(({ left, right }) => isKey(left) || isKey(right))))
    return false;
  const finding = queries
    .flatMap(({ sources }) => sources.filter(({ relation }) => relation === referencedTable))
    .flatMap(({ tests }) => tests)
    .filter((each) => isKey(each.column) && isIndexedEquality(each) && parameters.has(each.variable ?? ''));
  const uses = expressions.flatMap((each) => usesOf(each, parameters));
  return finding.length > 0 && uses.length === finding.length;
}

function usesOf(expression: Bound, parameters: ReadonlySet<string>): readonly Node[] {
  const named: readonly Node[] = [
    ...nodesOf(expression.tree, 'ColumnRef').map((each): Node => ({ ColumnRef: each })),
    ...nodesOf(expression.tree, 'ParamRef').map((each): Node => ({ ParamRef: each })),
  ];
  return named.filter((each) => parameters.has(variableOf(each, expression) ?? ''));
}
