import type { FuncCall } from '@pgsql/types';
import { writtenName } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';

const AUTH_FUNCTIONS = new Set(['uid', 'jwt', 'role', 'email']);

/** Does the call give what the session knows of its caller: auth.uid(), auth.jwt(), auth.role(), auth.email(), current_setting(…)? */
export function isCallerCall(call: FuncCall, { meanings }: Pick<Binding, 'meanings'>): boolean {
  const meaning = meanings.get(call);
  const { schema, name } = meaning?.kind === 'call' ? meaning.function.name : writtenName(call.funcname);
  if (schema === 'auth') return AUTH_FUNCTIONS.has(name);
  return name === 'current_setting' && (schema === undefined || schema === 'pg_catalog');
}
