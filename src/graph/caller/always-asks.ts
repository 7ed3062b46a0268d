import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
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
export function alwaysAsks(graph: SchemaGraph, condition: BoundExpression): boolean {
  const asks = (part: Node) => asksCaller(graph, part, condition);
  if (!queriesAsk(condition.tree, asks)) return false;
  let isSure = true;
  walk(condition.tree, (_, node) => {
    const called = calledFunction(graph, node, condition);
    if (called !== undefined && isUsersOwn(graph, called)) isSure &&= bodyAlwaysAsks(graph, called);
    return isSure ? undefined : 'stop';
  });
  return isSure;
}

const known = new WeakMap<EntityOf<'function'>, boolean>();

function bodyAlwaysAsks(graph: SchemaGraph, fn: EntityOf<'function'>): boolean {
  const before = known.get(fn);
  if (before !== undefined) return before;
  known.set(fn, true);
  const tree = bodyTree(fn);
  const names = new GraphNames(graph, searchPathOf(fn));
  const asks = (part: Node) => partAsksCaller(graph, names, part) === true;
  const parts = tree.language === 'unread' ? [] : expressionsOf(tree);
  const answer = parts.length > 0 && parts.every((each) => queriesAsk(each.tree, asks));
  known.set(fn, answer);
  return answer;
}

/** Each alternative of the WHERE of each query that asks at all, and of what it gives, asks. */
function queriesAsk(tree: Node, asks: (part: Node) => boolean): boolean {
  let isSure = true;
  walk(tree, (_, node) => {
    const query = fieldsOf(node, 'SelectStmt');
    if (query === undefined) return undefined;
    const where = query.whereClause;
    if (where !== undefined && asks(where)) isSure &&= waysThrough(where)?.every((parts) => parts.some(asks)) === true;
    for (const target of query.targetList ?? []) {
      const value = fieldsOf(target, 'ResTarget')?.val;
      if (value !== undefined && asks(value)) isSure &&= disjuncts(value).every(asks);
    }
    return isSure ? undefined : 'stop';
  });
  return isSure;
}
