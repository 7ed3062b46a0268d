import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import { valueOfSelect } from '../query-shapes/operand.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import { claimOf } from './signed-out.ts';

type Clause = Pick<Binding, 'meanings'>;

/** Is it the role of the request: `auth.role()`, `auth.jwt() ->> 'role'`, also in a subselect, a cast, or with something else in place of NULL? */
export function isRequestRole(node: Node | undefined, clause: Clause): boolean {
  const inner = valueOfSelect(node);
  const [first] = fieldsOf(inner, 'CoalesceExpr')?.args ?? [];
  if (first !== undefined) return isRequestRole(first, clause);
  const call = fieldsOf(inner, 'FuncCall');
  if (call !== undefined) return isCallerCall(call, clause) && stringsOf(call.funcname).at(-1) === 'role';
  const isText = stringsOf(fieldsOf(inner, 'A_Expr')?.name).at(-1) === '->>';
  return inner !== undefined && isText && claimOf(inner, clause) === 'role';
}
