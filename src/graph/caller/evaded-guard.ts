import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression } from '../../sql/plpgsql.ts';
import { walkBelow } from '../../sql/walk.ts';
import { isCallerCall } from '../caller-calls.ts';
import type { EntityOf } from '../entities/index.ts';
import { eachStatement, leaves } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { asksCaller, functionAsksCaller } from './caller-source.ts';
import { isPassedSignedOut } from './signed-out.ts';

/**
 * The conditions by which a routine asks who calls, where these are all it asks by and each is NULL for a caller who is not signed in: what stands
 * under IF is then passed over, the refusal with it. Empty where it asks in any other way as well.
 */
export function evadedGuards(graph: SchemaGraph, routine: EntityOf<'function'>): readonly PlExpression[] {
  const { block, expressions, calls } = routineShape(graph, routine);
  if (block === null || calls.some((id) => mayAsk(graph, id))) return [];
  const guards: PlExpression[] = [];
  for (const { statement } of eachStatement([block])) {
    if (statement.kind !== 'if') continue;
    for (const { condition, body } of statement.branches)
      if (leaves(body) && isNegative(condition.tree)) guards.push(condition);
  }
  const asking = expressions.filter((each) => asksCaller(graph, each.tree, each));
  const evaded = asking.map((each) => {
    const guard = guards.find(({ tree }) => tree === each.tree);
    return guard !== undefined && isPassedSignedOut(each.tree, each) ? guard : undefined;
  });
  return evaded.every((each) => each !== undefined) ? evaded : [];
}

/** Does it ask for who the caller is not: `<>`, or below a NOT? What is right for the caller grants, and NULL then refuses. */
function isNegative(tree: Node): boolean {
  let isUnequal = true;
  walkBelow(tree, (_, node, parents) => {
    const call = fieldsOf(node, 'FuncCall');
    if (call === undefined || !isCallerCall(call, { meanings: new Map() })) return undefined;
    const compared = parents.findLast((each) => each.tag === 'A_Expr');
    const operator = stringsOf(fieldsOf(compared?.node, 'A_Expr')?.name).at(-1) ?? '';
    const isNot = parents.some(({ node: each }) => fieldsOf(each, 'BoolExpr')?.boolop === 'NOT_EXPR');
    if (operator !== '<>' && operator !== '!=' && !isNot) isUnequal = false;
    return undefined;
  });
  return isUnequal;
}

function mayAsk(graph: SchemaGraph, id: EntityOf<'function'>['id']): boolean {
  const called = graph.find(id);
  return called?.kind === 'function' && isUsersOwn(graph, called) && functionAsksCaller(graph, called) !== false;
}
