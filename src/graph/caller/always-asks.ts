import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { GraphNames, searchPathOf } from '../binding/graph-names.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import { waysThrough } from '../query-shapes/ways-through.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { asksCaller, partAsksCaller } from './caller-source.ts';

/**
 * Whatever a condition looks up, does it ask who calls in every alternative: not `p.is_public or p.owner_id = auth.uid()`? The functions of the
 * user's that it calls are looked into.
 */
export const alwaysAsks = askedOnce((graph: SchemaGraph, condition: BoundExpression): boolean => {
  const asks = (part: Node) => asksCaller(graph, part, condition);
  if (!queriesAsk(condition.tree, asks)) return false;
  return nodesOf(condition.tree, 'FuncCall').every((call) => {
    const called = calledFunction(graph, { FuncCall: call }, condition);
    return called === undefined || !isUsersOwn(graph, called) || bodyAlwaysAsks(graph, called);
  });
});

const known = new WeakMap<EntityOf<'function'>, boolean>();

function bodyAlwaysAsks(graph: SchemaGraph, fn: EntityOf<'function'>): boolean {
  const before = known.get(fn);
  if (before !== undefined) return before;
  known.set(fn, true);
  const tree = bodyTree(fn);
  const names = new GraphNames(graph, searchPathOf(graph, fn));
  const asks = (part: Node) => partAsksCaller(graph, names, part) === true;
  const parts = tree.language === 'unread' ? [] : expressionsOf(tree);
  const answer = parts.length > 0 && parts.every((each) => queriesAsk(each.tree, asks));
  known.set(fn, answer);
  return answer;
}

/** Each alternative of the WHERE of each query that asks at all, and of what it gives, asks. */
function queriesAsk(tree: Node, asks: (part: Node) => boolean): boolean {
  return nodesOf(tree, 'SelectStmt').every(({ whereClause: where, targetList = [] }) => {
    if (where !== undefined && asks(where) && waysThrough(where)?.every((parts) => parts.some(asks)) !== true)
      return false;
    return targetList.every((target) => {
      const value = fieldsOf(target, 'ResTarget')?.val;
      return value === undefined || !asks(value) || disjuncts(value).every(asks);
    });
  });
}
