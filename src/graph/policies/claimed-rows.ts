import { belongingAsked, belongingsOf } from '../agreement/belongings.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayTable } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { refusedChanges } from '../triggers/write-guards.ts';
import { isAddressee } from './owner-columns.ts';
import { admittingPolicies, policyAudience } from './policy-audience.ts';
import { decidingClause, restricts, waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** Rows of others that whoever belongs to something may make their own, and then delete. */
export interface ClaimedRows {
  readonly access: readonly ClientAccess[];
  /** By which DELETE tells whose a row is; UPDATE lets it be set to anybody. */
  readonly author: Column;
  /** The policy for DELETE. */
  readonly deleting: Policy;
  /** The columns by which the caller is found to belong to it. */
  readonly places: readonly Column[];
  /** Where the caller is looked for. */
  readonly members: readonly EntityId[];
  /** The policy lets nobody change rows for another reason. */
  readonly isSole: boolean;
}

/**
 * A policy for UPDATE that asks where a row is, beside one for DELETE that asks whose it is, by a column that UPDATE leaves to the client. None where
 * those who may change a row may delete it anyhow, or somebody with a standing is asked for; where SELECT shows nobody the rows of others; and where a
 * trigger or restrictive policy may have a word.
 */
export function claimedRows(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ClaimedRows | undefined {
  const { isPermissive, using, command } = policy;
  if (!isPermissive || using === null || (command !== 'update' && command !== 'all')) return undefined;
  const table = graph.get('table', policy.table);
  if (refusedChanges(graph, table).has('delete')) return undefined;
  const audience = policyAudience(graph, policy, clientRoles).filter(
    ({ name, role, commands }) => name !== 'anon' && commands.includes('update') && mayTable(graph, role, table, 'd'),
  );
  for (const access of audience) {
    if (policiesFor(graph, table, 'delete', access.role).some((each) => restricts(each, 'delete'))) continue;
    for (const { author, deleting } of trustedByDelete(graph, table, access)) {
      const [belonging] = belongingsOf(graph, policy, using, author);
      if (belonging === undefined || !isLeftTo(graph, table, author, 'update', access)) continue;
      const isWritten = policy.check === null || belongingsOf(graph, policy, policy.check, author).length > 0;
      if (!isWritten || !isSeen(graph, table, author, access) || isDeletedAnyhow(graph, table, author, access))
        continue;
      const alike = audience.filter((each) => isLeftTo(graph, table, author, 'update', each));
      return {
        access: alike.map((each) => ({ ...each, commands: ['update'] })),
        author,
        deleting,
        places: belonging.places,
        members: belonging.members,
        isSole: waysOf(using)?.length === 1,
      };
    }
  }
  return undefined;
}

/** The columns that ways of policies for DELETE compare with the caller's own id, and beside which they ask for nothing more. */
function trustedByDelete(
  graph: SchemaGraph,
  table: Table,
  access: ClientAccess,
): readonly Pick<ClaimedRows, 'author' | 'deleting'>[] {
  return admittingPolicies(graph, table, 'delete', access).flatMap((deleting) =>
    (decidedWays(deleting, 'delete') ?? []).flatMap((way) => {
      const asked = way.filter((each) => !isOpenToSignedIn(each));
      const [tie, more] = asked;
      if (tie === undefined || more !== undefined || !('A_Expr' in tie.tree)) return [];
      const [compared] = callerComparisons(graph, tie);
      const isOwn = compared?.via === 'value' && compared.isOwnValue && compared.sources.join() === 'user';
      const author = isOwn ? graph.get('column', compared.column) : undefined;
      return author !== undefined && isFreeOfKeys(graph, author) && !isAddressee(table, author)
        ? [{ author, deleting }]
        : [];
    }),
  );
}

/** Of a key it is a part of, the row of the caller's own may be there already. */
function isFreeOfKeys(graph: SchemaGraph, { id, relation, generated }: Column): boolean {
  const indexes = graph.ownedBy(relation, 'index').filter((each) => each.isUnique);
  return generated === null && !indexes.some(({ keys }) => keys.some(({ column }) => column === id));
}

/** Does SELECT show rows of others to those who belong to the same: by a way that asks no more than that? A WHERE meets no others. */
export function isSeen(graph: SchemaGraph, table: Table, author: Column, access: ClientAccess): boolean {
  if (policiesFor(graph, table, 'select', access.role).some((each) => restricts(each, 'select'))) return false;
  return admittingPolicies(graph, table, 'select', access).some((each) =>
    decidedWays(each, 'select')?.some((way) => asksBelongingOnly(graph, each, way, author)),
  );
}

/** Is there a way to delete them that asks no more than to belong to something, or may there be one? */
function isDeletedAnyhow(graph: SchemaGraph, table: Table, author: Column, access: ClientAccess): boolean {
  return admittingPolicies(graph, table, 'delete', access).some(
    (each) => decidedWays(each, 'delete')?.some((way) => asksBelongingOnly(graph, each, way, author)) ?? true,
  );
}

function asksBelongingOnly(graph: SchemaGraph, policy: Policy, way: readonly BoundExpression[], author: Column) {
  return way.every((each) => belongingAsked(graph, policy, each, author) !== undefined);
}

function decidedWays(policy: Policy, command: 'select' | 'delete') {
  const clause = decidingClause(policy, command);
  return clause === null ? undefined : waysOf(clause);
}
