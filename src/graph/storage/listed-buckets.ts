import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { groupedBy } from '../grouping.ts';
import { OPEN_BUCKETS, PERSONAL_BUCKETS } from '../lexicon/bucket-names.ts';
import { isNamed } from '../lexicon/pattern.ts';
import { POLICY_NAMES } from '../lexicon/policy-names.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { bucketsAlone, namesBucket } from './bucket-conditions.ts';
import { isStorageObjects, publicityOf } from './storage-objects.ts';

type Policy = EntityOf<'policy'>;

/** By which clients list every object of a bucket. */
export interface BucketListing {
  readonly policy: Policy;
  readonly buckets: readonly string[];
  readonly access: readonly ClientAccess[];
  /** Buckets that are known to be public; or of which nothing says whether they are, as no migration makes them, and which anon lists. */
  readonly kind: 'public' | 'unknown';
  /** What the names of an unknown bucket and of the policy say its objects are. */
  readonly holds: 'personal' | 'open' | 'anything';
  /** It asks for other buckets as well, does more than show, or shows what clients then change. */
  readonly isNeeded: boolean;
}

/** The policy's listing and those of others that do the same for other buckets, the first one first; empty for a policy that lists nothing. */
export function listingsAlike(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): readonly BucketListing[] {
  return alikeByPolicy(graph, clientRoles.join('\0')).get(policy) ?? [];
}

function habitOf({ policy, access, kind, holds, isNeeded }: BucketListing): string {
  return [policy.command, kind, holds, isNeeded, ...access.map(({ name }) => name)].join(' ');
}

const alikeByPolicy = askedOnce((graph: SchemaGraph, roles: string): ReadonlyMap<Policy, readonly BucketListing[]> => {
  const all = graph.ofKind('policy').flatMap((each) => listingOf(graph, each, roles.split('\0')) ?? []);
  const groups = [...groupedBy(all, habitOf).values()];
  return new Map(groups.flatMap((alike) => alike.map(({ policy }) => [policy, alike] as const)));
});

function listingOf(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): BucketListing | undefined {
  const objects = graph.get('table', policy.table);
  if (!isStorageObjects(objects) || !policy.isPermissive || policy.using === null) return undefined;
  const named = bucketsAlone(graph, policy.using, objects) ?? [];
  const publicity = named.map((each) => publicityOf(graph, each));
  const open = named.filter((_, at) => publicity[at] === true);
  const access = policyAudience(graph, policy, clientRoles).filter(({ commands }) => commands.includes('select'));
  if (named.length === 0 || access.length === 0) return undefined;
  const isShownOnly = policy.command === 'select' && !named.some((each) => isChangedByClients(graph, policy, each));
  if (open.length > 0) {
    const isNeeded = open.length < named.length || !isShownOnly;
    return { policy, buckets: open, access, kind: 'public', holds: 'anything', isNeeded };
  }
  const isUnknown = publicity.every((each) => each === undefined || each === null);
  // What FOR ALL opens beside that is worse.
  if (!isUnknown || policy.command !== 'select' || !access.some(({ name }) => name === 'anon')) return undefined;
  return { policy, buckets: named, access, kind: 'unknown', holds: heldIn(policy, named), isNeeded: !isShownOnly };
}

function heldIn({ name }: Policy, buckets: readonly string[]): BucketListing['holds'] {
  if (buckets.some((each) => isNamed(each, PERSONAL_BUCKETS))) return 'personal';
  const isOpen = isNamed(name, POLICY_NAMES.open) || buckets.every((each) => isNamed(each, OPEN_BUCKETS));
  return isOpen ? 'open' : 'anything';
}

/** Does a policy let clients change or remove objects of the bucket? Those have to be seen for that. */
function isChangedByClients(graph: SchemaGraph, listing: Policy, bucket: string): boolean {
  return graph.ownedBy(listing.table, 'policy').some(({ id, command, isPermissive, using }) => {
    const isOfRowsSeen = command !== 'select' && command !== 'insert';
    return id !== listing.id && isPermissive && isOfRowsSeen && using !== null && namesBucket(using, bucket);
  });
}
