import { asksCaller } from '../caller/caller-source.ts';
import { isStanding } from '../caller/row-scope.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import { PERSONAL_BUCKETS, SHOWN_BUCKETS } from '../lexicon/bucket-names.ts';
import { isNamed } from '../lexicon/pattern.ts';
import { POLICY_NAMES } from '../lexicon/policy-names.ts';
import { ownColumns } from '../own-column.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, waysOf } from '../policies/policy-clauses.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { bucketsAlone, namesBucket } from './bucket-conditions.ts';
import { isStorageObjects, publicityOf } from './storage-objects.ts';

type Policy = EntityOf<'policy'>;

/** A policy for reading by which clients list and download every object of buckets that are private. */
export interface OpenPrivateBucket {
  readonly buckets: readonly string[];
  readonly access: readonly ClientAccess[];
  /** Its own name says that each is to get what is theirs. */
  readonly isNamedOwn: boolean;
  /** The bucket is called after what people hand in. */
  readonly isPersonal: boolean;
  /** A policy by which clients add objects there that are their own alone. */
  readonly adding: Policy | undefined;
}

/**
 * Not where the buckets are for pictures to be seen (avatars), nor where nothing says whose the objects are: clients add none, or those only who have a standing; and everybody adds any, but for a name of the policy
 * or the bucket. What the server adds for all is a library.
 */
export function openPrivateBucket(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): OpenPrivateBucket | undefined {
  const objects = graph.get('table', policy.table);
  if (!isStorageObjects(objects) || !policy.isPermissive || policy.command !== 'select' || policy.using === null)
    return undefined;
  const named = bucketsAlone(graph, policy.using, objects) ?? [];
  if (named.length === 0 || named.some((each) => publicityOf(graph, each) !== false)) return undefined;
  const access = policyAudience(graph, policy, clientRoles).filter(({ commands }) => commands.includes('select'));
  if (access.length === 0) return undefined;
  const added = named.map((bucket) => addingTo(graph, objects, bucket, clientRoles));
  const isPersonal = named.some((each) => isNamed(each, PERSONAL_BUCKETS));
  const isNamedOwn = isNamed(policy.name, POLICY_NAMES.own);
  if (!isPersonal && !isNamedOwn && named.some((each) => isNamed(each, SHOWN_BUCKETS))) return undefined;
  const ways = added.flat();
  const adding = ways.length > 0 && ways.every(({ isOwn }) => isOwn) ? ways[0]?.policy : undefined;
  const isToldApart = isNamedOwn || (ways.length > 0 && (isPersonal || adding !== undefined));
  return isToldApart ? { buckets: named, access, isNamedOwn, isPersonal, adding } : undefined;
}

/** The ways by which clients without a standing add objects to the bucket, and whether they have to be their own: by the folder or the owner. */
function addingTo(
  graph: SchemaGraph,
  objects: EntityOf<'table'>,
  bucket: string,
  clientRoles: readonly string[],
): readonly { readonly policy: Policy; readonly isOwn: boolean }[] {
  const told = ['name', 'owner', 'owner_id'].flatMap((each) => graph.column(objects.id, each)?.id ?? []);
  return graph.ownedBy(objects.id, 'policy').flatMap((policy) => {
    const clause = decidingClause(policy, 'insert');
    if (!policy.isPermissive || clause === null || !namesBucket(clause, bucket)) return [];
    if (!policyAudience(graph, policy, clientRoles).some(({ commands }) => commands.includes('insert'))) return [];
    return (waysOf(clause) ?? [])
      .filter((way) => !way.some((each) => isStanding(graph, [each])))
      .map((way) => ({
        policy,
        isOwn: way.some(
          (each) =>
            asksCaller(graph, each.tree, each) &&
            !isOpenToSignedIn(each) &&
            [...ownColumns(each.tree, each)].some((id) => told.includes(id)),
        ),
      }));
  });
}
