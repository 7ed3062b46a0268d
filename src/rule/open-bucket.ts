import type { BoundExpression } from '../graph/bound-expression.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { openToRoles, policyAudience } from '../graph/policies/policy-audience.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { bucketsAlone, limitsOf } from '../graph/storage/bucket-conditions.ts';
import { isStorageObjects } from '../graph/storage/storage-objects.ts';

/** Whose objects a policy of storage.objects lets clients write. */
export interface OpenBucket {
  readonly buckets: readonly string[];
  /** What it asks of the object's name: then only what anon may add is told of. */
  readonly names: readonly BoundExpression[];
  /** With the commands that it opens; an empty list is none. */
  readonly access: readonly ClientAccess[];
}

/**
 * What a policy of storage.objects opens by asking for nothing but the bucket. To change or remove an object its row has to be seen as well
 * (docs, CREATE POLICY: an UPDATE or DELETE with a WHERE needs the SELECT policies), and Storage always says which.
 */
export function openBucket(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  clientRoles: readonly string[],
): OpenBucket | undefined {
  const objects = graph.get('table', policy.table);
  const clause = policy.command === 'insert' ? policy.check : policy.using;
  if (!isStorageObjects(objects) || !policy.isPermissive || clause === null) return undefined;
  const { buckets, names } = limitsOf(graph, clause, objects) ?? { buckets: [], names: [] };
  if (buckets.length === 0) return undefined;
  if (names.length > 0)
    return { buckets, names, access: addedByAnon(graph, policy, objects, policyAudience(graph, policy, clientRoles)) };
  const isFreeToAdd = policy.check === null || bucketsAlone(graph, policy.check, objects) !== undefined;
  const access = policyAudience(graph, policy, clientRoles).flatMap((each) => {
    const isShown = showsObjects(graph, objects, buckets, each);
    const commands = each.commands.filter((one) => (one === 'insert' ? isFreeToAdd : one !== 'select' && isShown));
    return commands.length === 0 ? [] : [{ ...each, commands }];
  });
  return { buckets, names, access };
}

function addedByAnon(
  graph: SchemaGraph,
  { check, using }: EntityOf<'policy'>,
  objects: EntityOf<'table'>,
  access: readonly ClientAccess[],
): readonly ClientAccess[] {
  const clause = check ?? using;
  if (clause === null || limitsOf(graph, clause, objects) === undefined) return [];
  return access.flatMap((each) =>
    each.name === 'anon' && each.commands.includes('insert') ? [{ ...each, commands: ['insert'] }] : [],
  );
}

/** Do the SELECT policies show the role every object of these buckets? */
function showsObjects(
  graph: SchemaGraph,
  objects: EntityOf<'table'>,
  buckets: readonly string[],
  { name, role }: ClientAccess,
): boolean {
  const reading = graph.ownedBy(objects.id, 'policy').filter(({ isPermissive }) => isPermissive);
  const shown = reading.flatMap((policy) => {
    const isFor = policyAudience(graph, policy, [name]).some((each) => each.commands.includes('select'));
    return isFor && policy.using !== null ? (bucketsAlone(graph, policy.using, objects) ?? []) : [];
  });
  const isAllShown = reading.some((policy) =>
    openToRoles(graph, policy, ['select'], [name]).some((each) => each.role === role),
  );
  return isAllShown || buckets.every((each) => shown.includes(each));
}

/** How bad that is; undefined where it is what buckets are for: that who is signed in may upload. */
export function openBucketSeverity({ access, names }: OpenBucket): 'critical' | 'high' | 'medium' | undefined {
  if (access.length === 0) return undefined;
  if (names.length > 0) return 'medium';
  const isAdding = access.every(({ commands }) => commands.every((each) => each === 'insert'));
  if (access.some(({ name }) => name === 'anon')) return isAdding ? 'high' : 'critical';
  return isAdding ? undefined : 'medium';
}
