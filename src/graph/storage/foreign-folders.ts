import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { isClosedToClients } from '../caller/closed-conditions.ts';
import { isStanding } from '../caller/row-scope.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import { DELIVERY_BUCKETS } from '../lexicon/bucket-names.ts';
import { isNamed } from '../lexicon/pattern.ts';
import { ownColumn, ownColumns } from '../own-column.ts';
import { isLeftTo, tiesAsked } from '../own-rows/own-row-writes.ts';
import { partOf } from '../policies/alternatives.ts';
import { outvotesOf } from '../policies/outvoted.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, waysOf } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { bucketsIn } from './bucket-conditions.ts';
import { isStorageObjects } from './storage-objects.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** Objects that everybody who is signed in may put into the folders of others, who alone read them there. */
export interface ForeignFolder {
  readonly access: readonly ClientAccess[];
  readonly buckets: readonly string[];
  /** By which whoever has the folder reads what is in it, and what they ask of the object's name. */
  readonly readers: readonly { readonly policy: Policy; readonly folder: BoundExpression }[];
  /** The conditions of the way by which they are added; undefined where that is one to other buckets too. */
  readonly way: readonly BoundExpression[] | undefined;
}

/**
 * That the object is the caller's own (owner_id = auth.uid()) keeps nobody out: Storage says so of whatever somebody uploads, wherever it goes. Where reading
 * goes by the owner instead of the folder, such an object is seen by nobody but who put it there. Undefined for public buckets, whose objects everybody
 * reads, for those by which people send each other files, and where a policy shows the bucket's objects without asking for a folder.
 */
export function foreignFolder(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ForeignFolder | undefined {
  const objects = graph.get('table', policy.table);
  const clause = policy.isPermissive && policy.command === 'insert' ? policy.check : null;
  if (!isStorageObjects(objects) || clause === null) return undefined;
  const name = graph.column(objects.id, 'name');
  const audience = policyAudience(graph, policy, clientRoles).filter(({ commands }) => commands.includes('insert'));
  // write-policy-always-true tells of what anon may add.
  if (name === undefined || audience.length === 0 || audience.some((each) => each.name === 'anon')) return undefined;
  if (isOutvoting(graph, policy, clientRoles)) return undefined;
  for (const way of waysOf(clause) ?? []) {
    const asked = [...new Set(bucketsOfWay(graph, objects, name, way))];
    const found = asked.flatMap((bucket) => {
      const access = audience.filter((each) => isLeftTo(graph, objects, name, 'insert', each));
      const readers = access.map(({ role }) => readersOf(graph, objects, name, bucket, role));
      const [first] = readers;
      const isPublic = graph.ofKind('bucket').some((each) => each.name === bucket && each.isPublic !== false);
      const isFolders = first !== undefined && readers.every((each) => each !== undefined && each.length > 0);
      return isFolders && !isPublic && !isNamed(bucket, DELIVERY_BUCKETS) ? [{ bucket, access, readers: first }] : [];
    });
    const [first] = found;
    if (first === undefined) continue;
    return {
      access: first.access.map((each) => ({ ...each, commands: ['insert'] })),
      buckets: found.map(({ bucket }) => bucket),
      readers: first.readers,
      way: found.length === asked.length ? way : undefined,
    };
  }
  return undefined;
}

/** Does another policy ask for more in vain beside it? outvoted-policy tells of that one. */
function isOutvoting(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): boolean {
  return graph
    .ownedBy(policy.table, 'policy')
    .some((each) =>
      outvotesOf(graph, each, clientRoles).some(({ by, commands }) => by === policy && commands.includes('insert')),
    );
}

/** The buckets of a way that asks nothing of the object's path: only whose object it is, what it is, and that somebody is signed in. */
function bucketsOfWay(
  graph: SchemaGraph,
  objects: Table,
  name: Column,
  way: readonly BoundExpression[],
): readonly string[] | undefined {
  const buckets: string[] = [];
  for (const part of way) {
    const own = bucketsIn(graph, part, objects);
    buckets.push(...own);
    if (own.length > 0) continue;
    if (!isOpenToSignedIn(part) && !isAboutObject(graph, objects, name, part)) return undefined;
  }
  return buckets;
}

/** That it is the caller's own, or what it is: its size, its extension. */
function isAboutObject(graph: SchemaGraph, objects: Table, name: Column, part: BoundExpression): boolean {
  const tied = tiesAsked(graph, part) ?? [];
  const owners = OWNERS.map((each) => graph.column(objects.id, each)?.id);
  if (tied.length > 0) return tied.every((each) => owners.includes(each));
  if (asksCaller(graph, part.tree, part) || callsUsersFunction(graph, part)) return false;
  if (anyNode(part.tree, (_, tag) => tag === 'SubLink')) return false;
  return !ownColumns(part.tree, part).has(name.id) || isAboutExtension(part);
}

const OWNERS = ['owner', 'owner_id'];

/** `storage.extension(name) in ('png', 'jpg')`, and the name nowhere else. */
function isAboutExtension({ tree }: BoundExpression): boolean {
  const { kind, lexpr } = fieldsOf(tree, 'A_Expr') ?? {};
  const isListed = kind === 'AEXPR_IN' || kind === 'AEXPR_OP' || kind === 'AEXPR_OP_ANY';
  let call = fieldsOf(lexpr, 'FuncCall');
  if (stringsOf(call?.funcname).at(-1) === 'lower') call = fieldsOf(call?.args?.[0], 'FuncCall');
  return isListed && stringsOf(call?.funcname).join('.') === 'storage.extension';
}

/** Undefined where a policy shows the bucket's objects to the role whatever folder they are in, other than to their owner or to callers of a standing. */
function readersOf(
  graph: SchemaGraph,
  objects: Table,
  name: Column,
  bucket: string,
  role: ClientAccess['role'],
): ForeignFolder['readers'] | undefined {
  const readers: { readonly policy: Policy; readonly folder: BoundExpression }[] = [];
  for (const policy of policiesFor(graph, objects, 'select', role)) {
    const clause = decidingClause(policy, 'select');
    if (clause === null) continue;
    if (!policy.isPermissive) return undefined;
    const ways = waysOf(clause);
    if (ways === undefined) return undefined;
    for (const way of ways) {
      const buckets = way.flatMap((each) => bucketsIn(graph, each, objects));
      if (buckets.length > 0 && !buckets.includes(bucket)) continue;
      if (way.some((each) => isClosedToClients(graph, each))) continue;
      const folder = way.find((each) => asksFolder(graph, name, each));
      if (folder !== undefined) readers.push({ policy, folder: partOf(clause, folder.tree) });
      else if (!isStanding(graph, way) && !way.some((each) => isAboutOwner(graph, objects, name, each)))
        return undefined;
    }
  }
  return readers;
}

function isAboutOwner(graph: SchemaGraph, objects: Table, name: Column, part: BoundExpression): boolean {
  return (tiesAsked(graph, part) ?? []).length > 0 && isAboutObject(graph, objects, name, part);
}

/** `(storage.foldername(name))[1] = auth.uid()::text`, `name like auth.uid() || '/%'`: a part of the path is compared with the caller, or what they belong to. */
function asksFolder(graph: SchemaGraph, name: Column, part: BoundExpression): boolean {
  const { subLinkType, testexpr } = fieldsOf(part.tree, 'SubLink') ?? {};
  if (subLinkType === 'ANY_SUBLINK' && testexpr !== undefined && !('ColumnRef' in testexpr))
    return ownColumns(testexpr, part).has(name.id) && asksCaller(graph, part.tree, part);
  // A catalog writes LIKE as the operator that it is.
  const { name: operator, lexpr, rexpr } = fieldsOf(part.tree, 'A_Expr') ?? {};
  if (stringsOf(operator).at(-1) === '~~') return ownColumn(lexpr, part) === name.id && asksCaller(graph, rexpr, part);
  const comparisons = callerComparisons(graph, part);
  return (
    comparisons.length > 0 &&
    comparisons.every(({ column, isOwnValue, sources }) => column === name.id && !isOwnValue && sources.length > 0)
  );
}
