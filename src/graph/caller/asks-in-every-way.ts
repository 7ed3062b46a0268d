import type { BoundExpression } from '../bound-expression.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksOfUser } from './asks-of-user.ts';

/** Does the clause ask of every row who calls, whatever the row, and for more than to be signed in: not `is_public or owner_id = auth.uid()`? */
export function asksInEveryWay(graph: SchemaGraph, clause: BoundExpression): boolean {
  return waysOf(clause)?.every((way) => way.some((part) => asksOfUser(graph, part))) === true;
}
