import type { EntityOf } from '../graph/entities/index.ts';
import { asksForRowOfEveryone, openTo, openToRoles } from '../graph/policies/policy-audience.ts';
import { ROW_COMMANDS, type RowCommand } from '../graph/policies/row-security.ts';
import { sharedScope } from '../graph/policies/tenant-scope.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { AuditSettings } from './rule.ts';

/** Whom a policy lets have every row, for which commands, and by what. */
export interface OpenPolicy {
  readonly access: readonly ClientAccess[];
  /** `is always true`, `is true for everyone who is signed in`, and perhaps why. */
  readonly holds: string;
}

/**
 * Undefined for a policy that does not, and for one that is true only for whoever acts as a role where another rule has more to say of that: of tenants
 * policy-without-tenant-scope, of buckets storage-policy-without-bucket, of a check beside a narrower USING policy-check-weaker-than-using.
 */
export function openPolicy(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  settings: AuditSettings,
): OpenPolicy | undefined {
  const { clientRoles } = settings;
  const access = openTo(graph, policy, ROW_COMMANDS, clientRoles);
  if (access.length > 0) return { access, holds: 'is always true' };
  const table = graph.get('table', policy.table);
  if (table.name.schema === 'storage') return undefined;
  const byRole = openToRoles(graph, policy, ROW_COMMANDS, clientRoles).flatMap((each) => {
    const commands = each.commands.filter((one) => sharedScope(graph, table, one, settings) === undefined);
    return commands.length === 0 ? [] : [{ ...each, commands }];
  });
  const isCheckAlone = policy.using !== null && byRole.every(({ commands }) => commands.every(isInsert));
  return byRole.length === 0 || isCheckAlone
    ? undefined
    : {
        access: byRole,
        holds: `${holdsFor(byRole)}${isByRow(graph, policy) ? ', all of whom have the row it looks for' : ''}`,
      };
}

function isByRow(graph: SchemaGraph, { using, check }: EntityOf<'policy'>): boolean {
  return [using, check].some((each) => each !== null && asksForRowOfEveryone(graph, each));
}

function isInsert(command: RowCommand): boolean {
  return command === 'insert';
}

function holdsFor(access: readonly ClientAccess[]): string {
  const names = new Set(access.map(({ name }) => name));
  if (!names.has('anon')) return 'is true for everyone who is signed in';
  return names.has('authenticated')
    ? 'is true for everyone, signed in or not'
    : 'is true for everyone who is not signed in';
}
