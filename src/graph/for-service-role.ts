import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import type { BoundExpression } from './bound-expression.ts';
import { isCallerCall } from './caller-calls.ts';
import type { EntityOf } from './entities/index.ts';
import { constantOf, unwrapped } from './query-shapes/operand.ts';

/** Is all that the policy asks for that the service key is used: `auth.role() = 'service_role'`, or the role of the JWT? */
export function isForServiceRole({ using, check }: EntityOf<'policy'>): boolean {
  const clauses = [using, check].filter((each) => each !== null);
  return clauses.length > 0 && clauses.every(asksForServiceRole);
}

function asksForServiceRole(clause: BoundExpression): boolean {
  const { kind, name, lexpr, rexpr } = fieldsOf(clause.tree, 'A_Expr') ?? {};
  if (kind !== 'AEXPR_OP' || stringsOf(name).at(-1) !== '=') return false;
  return [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ].some(([role, value]) => constantOf(value) === 'service_role' && isRole(role, clause));
}

function isRole(node: Node | undefined, clause: BoundExpression): boolean {
  const inner = unwrapped(node);
  const select = fieldsOf(fieldsOf(inner, 'SubLink')?.subselect, 'SelectStmt');
  if (select !== undefined && (select.fromClause ?? []).length === 0)
    return isRole(fieldsOf(select.targetList?.[0], 'ResTarget')?.val, clause);
  const { name, lexpr, rexpr } = fieldsOf(inner, 'A_Expr') ?? {};
  if (stringsOf(name).at(-1) === '->>') return constantOf(rexpr) === 'role' && isCaller(lexpr, clause, 'jwt');
  return isCaller(inner, clause, 'role');
}

function isCaller(node: Node | undefined, clause: BoundExpression, wanted: string): boolean {
  const call = fieldsOf(unwrapped(node), 'FuncCall');
  return call !== undefined && isCallerCall(call, clause) && stringsOf(call.funcname).at(-1) === wanted;
}
