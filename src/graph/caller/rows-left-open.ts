import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { nodesOf } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { ApiCaller } from '../privileges/api-calls.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import type { Derived } from '../query-shapes/derived-variables.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import { type ReachedRows, reachedRows } from '../routines/reached-rows.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { hasAskingTrigger } from './asking-trigger.ts';

/** The rows that callers reach by a routine which nothing but its own body keeps from them: no policy holds its owner, no trigger asks who it is. */
export function rowsHeldByBody(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  callers: readonly ApiCaller[],
): readonly ReachedRows[] {
  return reachedRows(graph, routine, callers).filter(
    ({ table, command }) =>
      !isUnderRowSecurity(graph, routine.owner, table) &&
      (command === 'select' || !hasAskingTrigger(graph, table, command)),
  );
}

/**
 * The first of them that a run comes to by conditions that say nothing of the caller, and that is found by none: where rows are found by what is absent there
 * are none.
 * @param reached what each run comes to
 * @param asks may this come from the caller, or from what is absent?
 */
export function leftOpen(
  rows: readonly ReachedRows[],
  block: PlBlock,
  reached: ReadonlySet<PlStatement>,
  bindings: ReadonlyMap<Node, Bound>,
  asks: Derived,
): ReachedRows | undefined {
  return rows.find((each) => {
    const tree = [...bindings].find(([, bound]) => bound === each.query.binding)?.[0];
    return tree !== undefined && !isLimited(each, tree, asks) && isComeTo(block, tree, reached, bindings, asks);
  });
}

/** Are there only rows that come from the caller, or from what is absent? What is only given back or written beside limits nothing. */
function isLimited({ query: { node, binding, writes }, keys }: ReachedRows, tree: Node, asks: Derived): boolean {
  const { whereClause } = fieldsOf(node, 'UpdateStmt') ?? fieldsOf(node, 'DeleteStmt') ?? {};
  if ('UpdateStmt' in node || 'DeleteStmt' in node) return whereClause === undefined || asks(whereClause, binding);
  const sets = writes.flatMap((each) => each.sets);
  if (sets.some(({ column, value }) => column !== null && keys.includes(column) && asks(value ?? undefined, binding)))
    return true;
  return nodesOf(tree, 'SelectStmt').some(
    ({ fromClause = [], whereClause: where, havingClause, limitCount, op = 'SETOP_NONE' }) =>
      op !== 'SETOP_NONE' || [...fromClause, where, havingClause, limitCount].some((each) => asks(each, binding)),
  );
}

/** Does a call come to the statement, by conditions that say nothing of the caller or the argument? */
function isComeTo(
  block: PlStatement,
  tree: Node,
  reached: ReadonlySet<PlStatement>,
  bindings: ReadonlyMap<Node, Bound>,
  asks: Derived,
): boolean {
  const places = [...eachStatement([block])].filter(({ statement }) =>
    ownExpressions(statement).some((each) => each.tree === tree),
  );
  return places.some(({ statement, parents }) => {
    const way = [...parents, statement];
    const last = way.findLastIndex((each) => reached.has(each));
    return (
      last >= 0 &&
      way.slice(last, -1).every((each) => {
        const isChoice = each.kind === 'if' || each.kind === 'case';
        if (!isChoice) return each.kind === 'block' && each.handlers.length === 0;
        return ownExpressions(each).every((one) => {
          const bound = bindings.get(one.tree);
          return bound !== undefined && !asks(one.tree, bound);
        });
      })
    );
  });
}
