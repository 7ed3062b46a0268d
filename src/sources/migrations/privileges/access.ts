import type { AccessPriv, Node } from '@pgsql/types';
import {
  ALL_ON,
  type GrantableClass,
  letterOf,
  orderLetters,
  type PrivilegeLetters,
} from '../../../graph/privileges/privileges.ts';
import { stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';

/** The privileges a GRANT or REVOKE names, on the whole object and on single columns. */
export interface Access {
  readonly whole: PrivilegeLetters;
  readonly columns: readonly { readonly name: string; readonly letters: PrivilegeLetters }[];
}

/** ALL stands for what the class of the object has; refuses a privilege that the class does not have. */
export function accessOf(privileges: readonly Node[] | undefined, on: GrantableClass, context: ReplayContext): Access {
  const all = ALL_ON[on];
  if (privileges === undefined) return { whole: all, columns: [] };
  const named = privileges.flatMap((each) => ('AccessPriv' in each ? [each.AccessPriv] : []));
  const isColumns = (each: AccessPriv) => each.cols !== undefined;
  return {
    whole: orderLetters(named.filter((each) => !isColumns(each)).flatMap((each) => [...lettersOf(each, on, context)])),
    columns: named
      .filter(isColumns)
      .flatMap((each) => stringsOf(each.cols).map((name) => ({ name, letters: lettersOf(each, 'column', context) }))),
  };
}

function lettersOf(privilege: AccessPriv, on: GrantableClass, context: ReplayContext): PrivilegeLetters {
  const name = privilege.priv_name;
  if (name === undefined) return ALL_ON[on];
  const letter = letterOf(name);
  if (letter === undefined) context.refuse(`unrecognized privilege type "${name}"`);
  // GRANT USAGE ON s is allowed for sequences (docs, GRANT, compatibility).
  const possible = on === 'table' ? ALL_ON.table + ALL_ON.sequence : ALL_ON[on];
  if (!possible.includes(letter))
    context.refuse(`invalid privilege type ${name.toUpperCase()} for ${on === 'table' ? 'relation' : on}`);
  return letter;
}
