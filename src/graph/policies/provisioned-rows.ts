import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { openTo, policyAudience } from './policy-audience.ts';
import { type Provisioning, rowsProvisionedBy } from './provisioning-triggers.ts';
import { ROW_COMMANDS } from './row-security.ts';

/**
 * The trigger that makes the rows which a policy for INSERT lets clients add as well, for themselves: the policy can go. Undefined where the trigger, running as
 * whoever made the parent, needs the policy, and for one that lets everybody add what they like.
 */
export function provisionedBeside(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  clientRoles: readonly string[],
): Provisioning | undefined {
  if (policy.command !== 'insert' || !policy.isPermissive || policy.check === null) return undefined;
  if (openTo(graph, policy, ROW_COMMANDS, clientRoles).length > 0) return undefined;
  const compared = new Set(callerComparisons(graph, policy.check).map(({ column }) => column));
  // Asked first: what the bodies of all functions write is much to read.
  if (!hasUniqueColumn(graph, policy.table, compared)) return undefined;
  const found = rowsProvisionedBy(graph, policy.table).find(({ key }) => compared.has(key));
  if (found === undefined || !writesAsOwner(graph, found.trigger, graph.get('table', policy.table))) return undefined;
  return policyAudience(graph, policy, clientRoles).length > 0 ? found : undefined;
}

/**
 * The trigger that makes all rows there can be: each is of another row of the parent, by a key that may not be NULL, and the parent's trigger makes it. A
 * client's INSERT then fails, on this key or on that of the parent, but for a parent whose row was deleted or is older than the trigger.
 */
export function provisionedWhole(graph: SchemaGraph, table: EntityOf<'table'>): EntityOf<'trigger'> | undefined {
  const keys = graph.ownedBy(table.id, 'foreignKey').filter(({ columns }) => columns.length === 1);
  const columns = keys.flatMap(({ columns: [id] }) => {
    const column = id === undefined ? undefined : graph.get('column', id);
    return column?.notNull && isUniqueAlone(graph, column) ? [column.id] : [];
  });
  if (columns.length === 0) return undefined;
  const found = rowsProvisionedBy(graph, table.id).find(({ key }) => columns.includes(key));
  return found !== undefined && writesAsOwner(graph, found.trigger, table) ? found.trigger : undefined;
}

function hasUniqueColumn(graph: SchemaGraph, table: EntityId, among: ReadonlySet<EntityId>): boolean {
  return graph.columns(table).some((each) => among.has(each.id) && isUniqueAlone(graph, each));
}

/** Does the trigger's function add its rows past the policies of the table: with the rights of an owner whom they do not limit? */
function writesAsOwner(graph: SchemaGraph, trigger: EntityOf<'trigger'>, table: EntityOf<'table'>): boolean {
  const routine = trigger.function === null ? undefined : graph.find(trigger.function);
  return (
    routine?.kind === 'function' && routine.security === 'definer' && !isUnderRowSecurity(graph, routine.owner, table)
  );
}
