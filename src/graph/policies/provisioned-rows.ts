import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../index-keys.ts';
import { isUnderRowSecurity } from '../privilege-questions.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { openTo, policyAudience } from './policy-audience.ts';
import { ROW_COMMANDS } from './row-security.ts';

/** A trigger that makes a row of a table for each new row of another. */
export interface Provisioning {
  readonly trigger: EntityOf<'trigger'>;
  /** The column that names the other row, and is unique. */
  readonly key: EntityId;
}

/** The row triggers of other tables that, whatever happens, put one row with a unique column made from NEW into this table. */
export function rowsProvisionedBy(graph: SchemaGraph, table: EntityId): readonly Provisioning[] {
  const writers = writesTo(graph, table).flatMap(({ holder, write }) =>
    holder.kind === 'function' && write.kind === 'insert' ? [holder] : [],
  );
  return [...new Set(writers)].flatMap((routine) => {
    const inserts = routineShape(graph, routine).writes.filter(
      ({ write, isConditional, loop }) =>
        write.kind === 'insert' && write.relation === table && !isConditional && loop === null,
    );
    const keys = inserts.flatMap(({ write }) =>
      write.sets.flatMap((set) => (isUniqueFromNew(graph, set) ? [set.column] : [])),
    );
    const [key] = keys.flatMap((each) => each ?? []);
    if (key === undefined) return [];
    return graph.dependentsOfKind(routine.id, 'trigger').flatMap((trigger): readonly Provisioning[] => {
      const { relation, events, level, enabled, when } = trigger;
      const isEach = level === 'row' && events.includes('insert') && enabled !== 'disabled' && when === null;
      return isEach && relation !== table ? [{ trigger, key }] : [];
    });
  });
}

function isUniqueFromNew(graph: SchemaGraph, { column, value }: SetColumn): boolean {
  if (column === null || value === null) return false;
  return (
    anyNode(value, (node) => stringsOf(fieldsOf(node, 'ColumnRef')?.fields)[0] === 'new') &&
    isUniqueAlone(graph, graph.get('column', column))
  );
}

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
