import type { GrantRoleStmt } from '@pgsql/types';
import { defBoolean, defElems } from '../../../sql/def-elem.ts';
import type { ReplayContext } from '../context.ts';
import { addMembership, type MembershipOptions, removeMembership } from '../privileges/membership.ts';

/** GRANT and REVOKE of membership in roles. */
export function grantRole(stmt: GrantRoleStmt, context: ReplayContext): void {
  const granted = (stmt.granted_roles ?? []).flatMap((each) =>
    'AccessPriv' in each ? [context.role(each.AccessPriv.priv_name ?? '').id] : [],
  );
  const options = defElems(stmt.opt).map((each) => [each.defname ?? '', defBoolean(each) === true] as const);
  for (const spec of stmt.grantee_roles ?? []) {
    const member = 'RoleSpec' in spec ? context.grantee(spec.RoleSpec) : 'public';
    if (member === 'public') context.refuse('role "public" does not exist');
    for (const role of granted) {
      if (stmt.is_grant === true) addMembership(member, role, Object.fromEntries(options), context);
      else {
        const named = options.map(([name]) => name as keyof MembershipOptions);
        removeMembership(member, role, named.length === 0 ? 'all' : named, context);
      }
    }
  }
}
