import type { EntityOf } from '../graph/entities/index.ts';
import { isNamedForServiceRole } from '../graph/policies/policy-audience.ts';
import type { Fix } from './finding.ts';
import type { AuditSettings } from './rule.ts';
import { sql } from './sql.ts';

/** Policies that are named for the service role are nobody else's; none where one of them is not. */
export function givenToServiceRole(
  policies: readonly EntityOf<'policy'>[],
  table: EntityOf<'table'>,
  { platform }: AuditSettings,
): Fix | undefined {
  if (platform !== 'supabase' || !policies.every(isNamedForServiceRole)) return undefined;
  const isOne = policies.length === 1;
  return {
    title: `Give the ${isOne ? 'policy' : 'policies'} to the service role, as ${isOne ? 'its name says' : 'their names say'}`,
    safety: 'review',
    sql: policies.map(({ name }) => sql`alter policy ${name} on ${table.name} to service_role;`).join('\n'),
  };
}
