import type { GrantStmt } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import {
  type Acl,
  ALL_ON,
  type Grantee,
  orderLetters,
  withGrant,
  withoutGrant,
} from '../../../graph/privileges/privileges.ts';
import type { ReplayContext } from '../context.ts';
import { accessOf } from '../privileges/access.ts';
import { grantableBySession } from '../privileges/authority.ts';
import { sameAcl } from '../privileges/same-acl.ts';
import { type Grantable, grantableClass, grantTargets } from '../privileges/targets.ts';

/** GRANT and REVOKE of privileges on objects. */
export function grant(stmt: GrantStmt, context: ReplayContext): void {
  const on = grantableClass(stmt.objtype);
  if (on === undefined) return;
  const grantees = granteesOf(stmt, context);
  const { whole, columns } = accessOf(stmt.privileges, on, context);
  for (const target of grantTargets(stmt, context)) {
    const possible = target.kind === 'sequence' ? ALL_ON.sequence : ALL_ON[on];
    if (target.kind !== 'sequence' && on === 'table' && whole.includes('U'))
      context.refuse('invalid privilege type USAGE for table');
    const letters = [...whole].filter((letter) => possible.includes(letter)).join('');
    changeAcl(target, target, letters, grantees, stmt, context);
    if (on !== 'table') continue;
    for (const { name, letters: own } of columns) {
      changeAcl(context.column(target, name), target, own, grantees, stmt, context);
    }
    if (stmt.is_grant !== true) revokeFromColumns(target, letters, grantees, stmt, context);
  }
}

export function granteesOf(stmt: GrantStmt, context: ReplayContext): readonly Grantee[] {
  const specs = (stmt.grantees ?? []).flatMap((each) => ('RoleSpec' in each ? [each.RoleSpec] : []));
  const grantees = specs.map((spec) => context.grantee(spec));
  if (stmt.is_grant === true && stmt.grant_option === true && grantees.includes('public'))
    context.refuse('grant options can only be granted to roles');
  return grantees;
}

/** The list after a GRANT or REVOKE of these letters. */
export function changedAcl(acl: Acl, letters: string, grantees: readonly Grantee[], stmt: GrantStmt): Acl {
  const withOption = stmt.grant_option === true;
  return grantees.reduce(
    (list, grantee) =>
      stmt.is_grant === true
        ? withGrant(list, grantee, letters, withOption ? letters : '')
        : withoutGrant(list, grantee, letters, withOption),
    acl,
  );
}

function changeAcl(
  entity: Grantable | EntityOf<'column'>,
  { owner, acl: ownerAcl }: Grantable,
  letters: string,
  grantees: readonly Grantee[],
  stmt: GrantStmt,
  context: ReplayContext,
): void {
  const now = entity.kind === 'column' ? entity.acl : ownerAcl;
  const all = entity.kind === 'column' ? [...ownerAcl, ...now] : now;
  const possible = grantableBySession(owner, all, orderLetters(letters), context);
  const acl = changedAcl(now, possible, grantees, stmt);
  if (!sameAcl(acl, now)) context.builder.alter<Grantable | EntityOf<'column'>>(entity, { acl }, context.by);
}

/** REVOKE on a table takes the same privileges away from its columns (docs, REVOKE). */
function revokeFromColumns(
  relation: Grantable,
  letters: string,
  grantees: readonly Grantee[],
  stmt: GrantStmt,
  context: ReplayContext,
): void {
  const own = [...letters].filter((letter) => ALL_ON.column.includes(letter)).join('');
  for (const column of context.graph.columns(relation.id)) {
    if (column.acl.length > 0) changeAcl(column, relation, own, grantees, stmt, context);
  }
}
