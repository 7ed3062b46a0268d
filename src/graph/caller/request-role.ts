import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import { constantOf, valueOfSelect } from '../query-shapes/operand.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import { isClaims } from './signed-out.ts';

type Clause = Pick<Binding, 'meanings'>;

/** Is it the role of the request: `auth.role()`, `auth.jwt() ->> 'role'`, also in a subselect, a cast, or with something else in place of NULL? */
export function isRequestRole(node: Node | undefined, clause: Clause): boolean {
  const inner = valueOfSelect(node);
  const [first] = fieldsOf(inner, 'CoalesceExpr')?.args ?? [];
  if (first !== undefined) return isRequestRole(first, clause);
  const { name, lexpr, rexpr } = fieldsOf(inner, 'A_Expr') ?? {};
  if (stringsOf(name).at(-1) === '->>') return constantOf(rexpr) === 'role' && isClaims(lexpr, clause);
  const call = fieldsOf(inner, 'FuncCall');
  return call !== undefined && isRoleCall(call, clause);
}

function isRoleCall(call: FuncCall, clause: Clause): boolean {
  return isCallerCall(call, clause) && stringsOf(call.funcname).at(-1) === 'role';
}
