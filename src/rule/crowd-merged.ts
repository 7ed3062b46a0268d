import { askedByRoles } from '../graph/asked-once.ts';
import { foldBoolean } from '../graph/binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import { isOpenToSignedIn, isOpenToSignedOut } from '../graph/caller/signed-out.ts';
import { type PolicyCrowd, policiesOfCrowd, policyCrowds } from '../graph/costs/policy-crowds.ts';
import { sparePolicies } from '../graph/costs/spare-policies.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { brokenBySubselect } from '../graph/policies/broken-by-subselect.ts';
import { outvotesOf } from '../graph/policies/outvoted.ts';
import { clausesOf } from '../graph/policies/policy-clauses.ts';
import { clauseText } from '../graph/policies/policy-text.ts';
import { isForServiceRole } from '../graph/privileges/for-service-role.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isUsersOwn } from '../graph/users-own.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { type MergedPolicies, mergedPolicies } from './merged-policies.ts';
import { andList } from './prose.ts';
import { sql } from './sql.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/**
 * Those for the service key are given to its role, and those that let nothing through that another does not are dropped; what is
 * left is joined, where it can be without changing who sees what.
 */
export function crowdMerged(
  graph: SchemaGraph,
  table: Table,
  crowd: PolicyCrowd,
  clientRoles: readonly string[],
): Fix | undefined {
  const { service, clients, spare } = sortedOut(graph, crowd);
  // Joined, what one of them asks for in vain would be gone for good: outvoted-policy says so first.
  if (clients.some((each) => outvotesOf(graph, each, clientRoles).some(({ by }) => clients.includes(by))))
    return undefined;
  // What is open by mistake would be so under the name of another.
  if (clients.some(isOpenInEffect)) return undefined;
  const left = clients.filter((each) => !spare.includes(each));
  const moved = service.map((each) => sql`alter policy ${each.name} on ${table.name} to service_role;`);
  const dropped = spare.map((each) => sql`drop policy ${each.name} on ${table.name};`);
  // What runs once for a statement is written so that it does; not where a subselect would make another policy fail.
  const wraps = left.every((each) => brokenBySubselect(graph, each, clientRoles) === undefined);
  const text = (clause: BoundExpression) => (wraps ? clauseText(graph, clause) : undefined) ?? clause.text;
  const merged = left.length < 2 ? NONE : mergedPolicies(graph, left, text, clientRoles);
  if (merged === undefined) return undefined;
  const statements = [...moved, ...dropped, ...(merged === NONE ? [] : [merged.sql])];
  return { title: titleOf(service, spare, left) + merged.except, safety: 'review', sql: statements.join('\n') };
}

const NONE: MergedPolicies = { sql: '', except: '' };

/** True for everyone, signed in or not, though it seems to ask something. */
function isOpenInEffect(policy: Policy): boolean {
  return clausesOf(policy).some(
    ({ expression }) =>
      isOpenToSignedOut(expression) && isOpenToSignedIn(expression) && foldBoolean(expression.tree) !== true,
  );
}

interface SortedOut {
  /** For the service key. */
  readonly service: readonly Policy[];
  readonly clients: readonly Policy[];
  /** Those of clients that let nothing through that another does not. */
  readonly spare: readonly Policy[];
}

function sortedOut(graph: SchemaGraph, { policies }: PolicyCrowd): SortedOut {
  const service = graph.global('role', 'service_role') === undefined ? [] : policies.filter(isForServiceRole);
  const clients = policies.filter((each) => !service.includes(each));
  return { service, clients, spare: sparePolicies(clients) };
}

function titleOf(service: readonly Policy[], spare: readonly Policy[], left: readonly Policy[]): string {
  const [kept, another] = left;
  if (service.length > 0) return 'Give what is meant for the service key to service_role, which bypasses row security';
  if (kept === undefined || another !== undefined)
    return 'Put them into one policy for each command, joined by OR as they are now';
  const names = andList(spare.map(({ name }) => quoteIdentifier(name)));
  return `Drop ${names}: ${quoteIdentifier(kept.name)} lets all of that through`;
}

/**
 * Is there a fix that makes one policy of this one and others, if only as it splits one FOR ALL beside it? Another fix of its own would be
 * lost then, or, after it, take back what the others let in.
 */
export function isToBeMerged(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): boolean {
  return mergedWith(graph, policy, clientRoles) !== undefined;
}

/** What becomes of a policy by the fix that merges it. */
export interface MergeOfPolicy {
  readonly policies: readonly Policy[];
  /** All that it trusts. */
  readonly trusted: readonly Policy[];
  readonly becomes: 'merged' | 'dropped' | 'for the server';
}

/** The policies that the fix is about, and what it makes of this one. */
export function mergedWith(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): MergeOfPolicy | undefined {
  const table = graph.find(policy.table);
  if (table?.kind !== 'table' || !isUsersOwn(graph, table)) return undefined;
  const written = sql`policy ${policy.name} on ${table.name}`;
  const merge = mergesOf(graph, table, clientRoles).find(({ sql: merging }) => merging.includes(written));
  if (merge === undefined) return undefined;
  const { policies, trusted, service, spare } = merge;
  if (service.includes(policy)) return { policies, trusted, becomes: 'for the server' };
  return { policies, trusted, becomes: spare.includes(policy) ? 'dropped' : 'merged' };
}

interface Merge extends SortedOut {
  readonly policies: readonly Policy[];
  readonly trusted: readonly Policy[];
  readonly sql: string;
}

/** Kept, since each policy of a table asks for them. */
const mergesOf = askedByRoles((graph, table: Table, clientRoles): readonly Merge[] =>
  policyCrowds(graph, table, clientRoles).flatMap((crowd): readonly Merge[] => {
    const merged = crowdMerged(graph, table, crowd, clientRoles);
    const trusted = policiesOfCrowd(crowd);
    return merged === undefined
      ? []
      : [{ ...sortedOut(graph, crowd), policies: crowd.policies, trusted, sql: merged.sql }];
  }),
);
