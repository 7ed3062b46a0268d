import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import { rowsProvisionedBy } from '../policies/provisioning-triggers.ts';
import { policiesFor } from '../policies/row-security.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';
import { type OwnRowWrite, tiesAsked } from './own-row-writes.ts';

type Policy = EntityOf<'policy'>;

/** A trigger has made the row that clients might add for themselves: it has to go first, and here is the policy by which they delete it. */
export interface MadeBefore {
  readonly deletedBy: Policy | undefined;
}

/** Undefined where no trigger makes rows by one of these columns, those that name the user. */
export function madeBefore(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  write: Pick<OwnRowWrite, 'tied' | 'access'>,
  users: readonly EntityId[] = write.tied,
): MadeBefore | undefined {
  const isMade = rowsProvisionedBy(graph, table.id).some(({ key }) => users.includes(key));
  return isMade ? { deletedBy: deletesOwn(graph, table, write) } : undefined;
}

/**
 * The policy by which clients delete the row that is theirs, so that they may add it anew: a DELETE that asks for nothing but whose row it is. Undefined where
 * a restrictive policy asks for more, or a trigger refuses.
 */
function deletesOwn(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  { tied, access }: Pick<OwnRowWrite, 'tied' | 'access'>,
): Policy | undefined {
  if (surelyRefused(graph, table.id).has('delete')) return undefined;
  const isLimited = access.every(({ role }) =>
    policiesFor(graph, table, 'delete', role).some((each) => !each.isPermissive && !admitsOwn(graph, each, tied)),
  );
  if (isLimited) return undefined;
  const names = access.map(({ name }) => name);
  return graph.ownedBy(table.id, 'policy').find((each) => {
    if (!each.isPermissive || (each.command !== 'delete' && each.command !== 'all')) return false;
    const isReached = policyAudience(graph, each, names).some(({ commands }) => commands.includes('delete'));
    return isReached && admitsOwn(graph, each, tied);
  });
}

/** Is the caller's own row all that it asks for on one of its ways? A condition about what stands in the row may not be met by it. */
function admitsOwn(graph: SchemaGraph, { using }: Policy, tied: OwnRowWrite['tied']): boolean {
  const ways = using === null ? [] : (waysOf(using) ?? []);
  return ways.some((way) =>
    way.every((part) => isOpenToSignedIn(part) || (tiesAsked(graph, part) ?? []).some((id) => tied.includes(id))),
  );
}
