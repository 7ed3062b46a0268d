import { askedOnce } from '../graph/asked-once.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { groupedBy } from '../graph/grouping.ts';
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

/** Those that this policy is one of; undefined for one that opens nothing. */
export function bucketsAlike(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): BucketsAlike | undefined {
  return alikeByPolicy(graph, clientRoles.join('\0')).get(policy);
}

interface Opening extends OpenBucket {
  readonly policy: Policy;
  readonly severity: BucketsAlike['severity'];
}

const alikeByPolicy = askedOnce((graph: SchemaGraph, roles: string): ReadonlyMap<Policy, BucketsAlike> => {
  const found = new Map<Policy, BucketsAlike>();
  for (const openings of groupedBy(openingsOf(graph, roles.split('\0')), habitOf).values())
    for (const alike of groupedBy(openings, (each) => doneAlike(openings, each)).values()) {
      const told = asOne(alike);
      if (told !== undefined) for (const { policy } of alike) found.set(policy, told);
    }
  return found;
});

function openingsOf(graph: SchemaGraph, clientRoles: readonly string[]): readonly Opening[] {
  return graph.ofKind('policy').flatMap((policy) => {
    const open = openBucket(graph, policy, clientRoles);
    const severity = open && openBucketSeverity(open);
    return open === undefined || severity === undefined ? [] : [{ ...open, policy, severity }];
  });
}

/** Clients, severity and what is asked of the name. */
function habitOf({ access, names, severity }: Opening): string {
  return [severity, ...access.map(({ name }) => name), ...namesAsked(names)].join('\0');
}

/** What all policies of the habit let clients do to each of its buckets: `change` and `delete` of one bucket may be two policies. */
function doneAlike(openings: readonly Opening[], { buckets }: Opening): string {
  const done = buckets.map((bucket) => {
    const same = openings.filter((each) => each.buckets.includes(bucket));
    return [
      ...new Set(
        same.flatMap(({ access }) => access.flatMap(({ name, commands }) => commands.map((each) => `${name} ${each}`))),
      ),
    ];
  });
  return [...new Set(done.map((each) => each.sort().join()))].sort().join(' ');
}

function asOne(alike: readonly Opening[]): BucketsAlike | undefined {
  const [first] = alike;
  if (first === undefined) return undefined;
  return {
    policies: alike.map(({ policy }) => policy),
    buckets: [...new Set(alike.flatMap(({ buckets }) => buckets))],
    names: namesAsked(first.names),
    access: first.access.map(({ name, role }) => {
      const same = alike.flatMap(({ access }) => access.filter((each) => each.name === name));
      return { name, role, commands: [...new Set(same.flatMap(({ commands }) => commands))] };
    }),
    severity: first.severity,
  };
}

function namesAsked(names: readonly BoundExpression[]): readonly string[] {
  return names.map(({ text }) => text.replace(/\s+/g, ' '));
}
