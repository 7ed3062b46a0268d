import { askedOnce } from '../graph/asked-once.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { isOpenToClient, policyAudience } from '../graph/policies/policy-audience.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { bucketsAlone, limitsOf } from '../graph/storage/bucket-conditions.ts';
import { isStorageObjects } from '../graph/storage/storage-objects.ts';

type Policy = EntityOf<'policy'>;

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
  access: ClientAccess,
): boolean {
  const reading = graph.ownedBy(objects.id, 'policy').filter(({ isPermissive }) => isPermissive);
  const shown = reading.flatMap((policy) => {
    const isFor = policyAudience(graph, policy, [access.name]).some((each) => each.commands.includes('select'));
    return isFor && policy.using !== null ? (bucketsAlone(graph, policy.using, objects) ?? []) : [];
  });
  const isAllShown = reading.some((policy) => isOpenToClient(graph, policy, 'select', access));
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

/** The policies that open buckets to the same clients for the same commands: one habit, told once. */
export interface BucketsAlike {
  /** The first one first. */
  readonly policies: readonly Policy[];
  readonly buckets: readonly string[];
  /** What each asks of the name. */
  readonly names: readonly string[];
  readonly access: readonly ClientAccess[];
  readonly severity: 'critical' | 'high' | 'medium';
}

interface Opening extends OpenBucket {
  readonly policy: Policy;
  readonly severity: 'critical' | 'high' | 'medium';
  /** Clients, severity and what is asked of the name. */
  readonly habit: string;
}

/** Those that this policy is one of; undefined for one that opens nothing. */
export function bucketsAlike(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): BucketsAlike | undefined {
  const all = openings(graph, clientRoles.join('\0'));
  const own = all.find((each) => each.policy === policy);
  if (own === undefined) return undefined;
  const done = doneAlike(all, own);
  const alike = all.filter((each) => each.habit === own.habit && doneAlike(all, each) === done);
  return {
    policies: alike.map((each) => each.policy),
    buckets: [...new Set(alike.flatMap(({ buckets }) => buckets))],
    names: own.names.map(({ text }) => text.replace(/\s+/g, ' ')),
    access: own.access.map(({ name, role }) => {
      const same = alike.flatMap(({ access }) => access.filter((each) => each.name === name));
      return { name, role, commands: [...new Set(same.flatMap(({ commands }) => commands))] };
    }),
    severity: own.severity,
  };
}

const openings = askedOnce((graph: SchemaGraph, roles: string): readonly Opening[] =>
  [...graph.ofKind('policy')].flatMap((policy): readonly Opening[] => {
    const open = openBucket(graph, policy, roles.split('\0'));
    const severity = open && openBucketSeverity(open);
    if (open === undefined || severity === undefined) return [];
    const clients = open.access.map(({ name }) => name);
    const habit = [severity, ...clients, ...open.names.map(({ text }) => text.replace(/\s+/g, ' '))].join('\0');
    return [{ ...open, policy, severity, habit }];
  }),
);

/** What all policies of the habit let clients do to each of its buckets: `change` and `delete` of one bucket may be two policies. */
function doneAlike(all: readonly Opening[], { habit, buckets }: Opening): string {
  const done = buckets.map((bucket) => {
    const same = all.filter((each) => each.habit === habit && each.buckets.includes(bucket));
    return [
      ...new Set(
        same.flatMap(({ access }) => access.flatMap(({ name, commands }) => commands.map((each) => `${name} ${each}`))),
      ),
    ];
  });
  return [...new Set(done.map((each) => each.sort().join()))].sort().join(' ');
}
