import type { CreatePolicyStmt, Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { PolicyCommand } from '../../../graph/entities/policy.ts';
import type { Grantee } from '../../../graph/privileges/privileges.ts';
import type { ReplayContext } from '../context.ts';

type Policy = EntityOf<'policy'>;

export function createPolicy(stmt: CreatePolicyStmt, context: ReplayContext): void {
  if (stmt.table === undefined) return;
  const relation = context.relation(stmt.table, 'table');
  const name = stmt.policy_name ?? '';
  const existing = context.graph.part('policy', relation.id, name);
  if (existing) context.refuseDuplicate(existing);
  const command = (stmt.cmd_name ?? 'all') as PolicyCommand;
  refuseUselessClause(command, stmt, context);
  context.builder.create(
    {
      kind: 'policy',
      table: relation.id,
      name,
      command,
      isPermissive: stmt.permissive === true,
      roles: policyRoles(stmt.roles, context),
      using: stmt.qual === undefined ? null : context.condition(stmt.qual, { relation }),
      check: stmt.with_check === undefined ? null : context.condition(stmt.with_check, { relation }),
    },
    context.by,
  );
}

/** PUBLIC among other roles makes them superfluous: Postgres keeps PUBLIC alone, with a warning. */
export function policyRoles(roles: readonly Node[] | undefined, context: ReplayContext): readonly Grantee[] {
  const grantees = (roles ?? []).flatMap((each) => ('RoleSpec' in each ? [context.grantee(each.RoleSpec)] : []));
  return grantees.length === 0 || grantees.includes('public') ? ['public'] : grantees;
}

/** Clauses that the command has no rows for are errors, not ignored (docs, CREATE POLICY). */
export function refuseUselessClause(
  command: Policy['command'],
  stmt: { readonly qual?: Node | undefined; readonly with_check?: Node | undefined },
  context: ReplayContext,
): void {
  if ((command === 'select' || command === 'delete') && stmt.with_check !== undefined)
    context.refuse('WITH CHECK cannot be applied to SELECT or DELETE');
  if (command === 'insert' && stmt.qual !== undefined) context.refuse('only WITH CHECK expression allowed for INSERT');
}
