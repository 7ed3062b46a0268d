import type { AlterPolicyStmt } from '@pgsql/types';
import { quoteIdentifier } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { policyRoles, refuseUselessClause } from './create-policy.ts';

/** ALTER POLICY … TO / USING / WITH CHECK: what is not named stays. */
export function alterPolicy(stmt: AlterPolicyStmt, context: ReplayContext): void {
  if (stmt.table === undefined) return;
  const relation = context.relation(stmt.table, 'table');
  const name = stmt.policy_name ?? '';
  let policy = context.graph.part('policy', relation.id, name);
  if (policy === undefined) {
    context.reportUnknown('policy', `${context.graph.path(relation)}.${quoteIdentifier(name)}`);
    return;
  }
  refuseUselessClause(policy.command, stmt, context);
  const { builder, by } = context;
  if (stmt.roles !== undefined) {
    const [first] = stmt.roles;
    const location = first !== undefined && 'RoleSpec' in first ? first.RoleSpec.location : undefined;
    policy = builder.alter(policy, { roles: policyRoles(stmt.roles, context) }, by, context.origin(location));
  }
  if (stmt.qual !== undefined) {
    const using = context.condition(stmt.qual, { relation });
    policy = builder.alter(policy, { using }, by, context.origin(using.at?.start, using.at?.end));
  }
  if (stmt.with_check !== undefined) {
    const check = context.condition(stmt.with_check, { relation });
    builder.alter(policy, { check }, by, context.origin(check.at?.start, check.at?.end));
  }
}
