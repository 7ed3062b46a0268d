import type { Node } from '@pgsql/types';
import { fieldsOf, innerOf } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { givesOneValue } from '../binding/questions/one-value.ts';
import type { EntityId } from '../entity-id.ts';
import { hasUniqueKeyOf } from '../indexes/index-keys.ts';
import type { CheckThenInsert } from '../query-shapes/check-then-insert.ts';
import { isIndexedEquality } from '../query-shapes/column-tests.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query } from '../query-shapes/query.ts';
import type { RoutineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** May the insert behind one look add several rows: from a query that is not sure to give one at most, or in a loop that begins behind the look? */
export function mayInsertSeveral(
  graph: SchemaGraph,
  { block, queries }: RoutineShape,
  { check, insert }: CheckThenInsert,
): boolean {
  if (block !== null && isRepeated(block, check, insert)) return true;
  const source = fieldsOf(insert.node, 'InsertStmt')?.selectStmt;
  const select = fieldsOf(source, 'SelectStmt');
  if (source === undefined || select === undefined) return false;
  const { valuesLists = [], fromClause = [], targetList, groupClause = [], op = 'SETOP_NONE' } = select;
  if (valuesLists.length > 0) return valuesLists.length > 1;
  if (constantOf(select.limitCount) === '1') return false;
  if (op !== 'SETOP_NONE') return true;
  if (fromClause.length === 0) return !givesOneValue(targetList, insert.binding);
  if (groupClause.length === 0 && isAggregated(targetList, insert)) return false;
  const query = queries.find((each) => innerOf(each.node) === innerOf(source));
  return query === undefined || !givesOneRow(graph, query);
}

/** INSERT … VALUES: it adds a row, where nothing keeps it out. */
export function insertsValues({ node }: Query): boolean {
  return fieldsOf(fieldsOf(node, 'InsertStmt')?.selectStmt, 'SelectStmt')?.valuesLists !== undefined;
}

function isRepeated(block: PlBlock, check: Query, insert: Query): boolean {
  const loopsAround = ({ node }: Query): readonly PlStatement[] => {
    for (const { statement, parents } of eachStatement([block])) {
      const holds = ({ tree }: { readonly tree: Node }) => anyNode(tree, (each) => innerOf(each) === innerOf(node));
      if (ownExpressions(statement).some(holds))
        return [...parents, statement].filter((each) => each.kind !== 'block' && 'body' in each);
    }
    return [];
  };
  const before = loopsAround(check);
  return loopsAround(insert).some((each) => !before.includes(each));
}

/** `select coalesce(max(n), 0) + 1 from …` gives one row. */
function isAggregated(targets: readonly Node[] | undefined, { binding }: Query): boolean {
  return anyNode(targets, (each) => {
    const call = fieldsOf(each, 'FuncCall');
    const meaning = call && binding.meanings.get(call);
    return meaning?.kind === 'call' && meaning.function.kind === 'aggregate' && call?.over === undefined;
  });
}

/** Each table is held to one row by a unique key, of which each column is given a value or that of a table that is held so already. */
function givesOneRow(graph: SchemaGraph, { sources, joins, isDistinct, groups, node }: Query): boolean {
  const read = fieldsOf(node, 'SelectStmt')?.fromClause ?? [];
  // What stands in FROM besides tables (functions, subselects, VALUES) is no source.
  if (sources.length !== read.length || isDistinct || groups) return false;
  const single = new Set<EntityId>();
  // Of the row around (NEW) there is one.
  const isHeld = (id: EntityId) => single.has(id) || !sources.some((each) => each.relation === id);
  for (let known = -1; known < single.size; ) {
    known = single.size;
    for (const source of sources) {
      const given = source.tests.filter((each) => isIndexedEquality(each) && each.against !== 'column');
      const held = new Set(given.map((each) => each.column));
      for (const { left, right } of joins)
        for (const [own, other] of [
          [left, right],
          [right, left],
        ] as const)
          if (isHeld(graph.get('column', other).relation)) held.add(own);
      if (hasUniqueKeyOf(graph, source.relation, held)) single.add(source.relation);
    }
  }
  return sources.every((each) => single.has(each.relation));
}
