import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { columnsNamed } from '../own-column.ts';
import { isLeftTo, ownRowWrites } from '../own-rows/own-row-writes.ts';
import { callerlessWays } from '../policies/callerless-writes.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import { provisionedWhole } from '../policies/provisioned-rows.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { rowsAtSignUp } from './rows-at-sign-up.ts';
import { isNewAddress } from './sign-up-triggers.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** A policy by which clients take the e-mail address of somebody who has no account yet. */
export interface BlockedSignUp extends CopiedAddress {
  readonly command: 'insert' | 'update';
  readonly access: readonly ClientAccess[];
  /** The ways through the clause that leave the column to the client. */
  readonly ways: readonly (readonly BoundExpression[])[];
  /** The clause has no other ways. */
  readonly isSole: boolean;
}

/** A unique column into which a trigger puts the address of each new user. */
interface CopiedAddress {
  readonly column: Column;
  readonly trigger: EntityOf<'trigger'>;
}

/**
 * A policy by which whoever is signed in writes, into rows of their own or without being asked who they are, any value into a column with a unique key that
 * a trigger on auth.users fills with the new user's e-mail address: an INSERT of the trigger that meets the value fails, and the sign-up with it. None of
 * rows that are all made by a trigger, for adding them.
 */
export function blockedSignUp(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): BlockedSignUp | undefined {
  const clause = policy.check ?? policy.using;
  if (!policy.isPermissive || clause === null) return undefined;
  const table = graph.get('table', policy.table);
  for (const copied of copiedAddresses(graph).get(table.id) ?? [])
    for (const command of ['insert', 'update'] as const) {
      if (command === 'insert' && provisionedWhole(graph, table) !== undefined) continue;
      const free = freeWays(graph, policy, clause, copied.column, command, clientRoles);
      if (free.length === 0) continue;
      const access = new Map(free.flatMap((each) => each.access).map((each) => [each.name, each]));
      const ways = free.filter(({ way }, at) => free.findIndex((each) => isSame(each.way, way)) === at);
      const isSole = waysOf(clause)?.length === ways.length;
      return { ...copied, command, access: [...access.values()], ways: ways.map(({ way }) => way), isSole };
    }
  return undefined;
}

function isSame(one: readonly BoundExpression[], other: readonly BoundExpression[]): boolean {
  return one.length === other.length && one.every(({ tree }, at) => tree === other[at]?.tree);
}

function freeWays(
  graph: SchemaGraph,
  policy: Policy,
  clause: BoundExpression,
  column: Column,
  command: BlockedSignUp['command'],
  clientRoles: readonly string[],
): readonly { readonly way: readonly BoundExpression[]; readonly access: readonly ClientAccess[] }[] {
  const table = graph.get('table', policy.table);
  const own = ownRowWrites(graph, policy, clientRoles)
    .filter((each) => each.command === command && each.leavesFree(column))
    .map(({ way, access }) => ({ way, access }));
  const others = policyAudience(graph, policy, clientRoles).flatMap((access) => {
    if (!access.commands.includes(command) || !isLeftTo(graph, table, column, command, access)) return [];
    if (command === 'update' && callerlessWays(graph, policy.using, access.name).length === 0) return [];
    return callerlessWays(graph, clause, access.name)
      .filter(({ way }) => !way.some((each) => columnsNamed(each).has(column.id)))
      .map(({ way }) => ({ way, access: [access] }));
  });
  return [...own, ...others];
}

/** By table, what each run of a trigger on auth.users puts there of the new user's address, with no ON CONFLICT and no handler. */
const copiedAddresses = askedOnce((graph): ReadonlyMap<EntityId, readonly CopiedAddress[]> => {
  const found = new Map<EntityId, CopiedAddress[]>();
  for (const { trigger, into, write } of rowsAtSignUp(graph)) {
    if (write.onConflict !== null) continue;
    for (const { column: id, value } of write.sets) {
      const column = id === null ? undefined : graph.get('column', id);
      if (column === undefined || !isNewAddress(value) || !isUniqueAlone(graph, column)) continue;
      found.set(into, [...(found.get(into) ?? []), { column, trigger }]);
    }
  }
  return found;
});
