import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import { namesNothingOfRow, referencedColumn } from '../own-column.ts';
import { partOf } from '../policies/alternatives.ts';
import { conditionsOf } from '../policies/policy-clauses.ts';
import { bracketed } from '../policies/policy-text.ts';
import { policiesFor } from '../policies/row-security.ts';
import { type ClientAccess, clientAccess } from '../privileges/client-access.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { bucketsAlone, bucketsIn } from './bucket-conditions.ts';

type Policy = EntityOf<'policy'>;
type Clause = NonNullable<Policy['using']>;

/** A policy on storage.objects that casts a part of each object's path, whichever bucket it is in. */
export interface PathCast {
  readonly policy: Policy;
  readonly type: string;
  /** Buckets whose objects another policy shows, and that come to the cast before it does. */
  readonly met: readonly string[];
  readonly access: readonly ClientAccess[];
  /** The same condition, by text and after the bucket; null where it is written otherwise than `auth.uid() = (storage.foldername(name))[1]::uuid`. */
  readonly asText: string | null;
}

/**
 * Casts that fail for objects of other buckets. Policies for one command are one OR: those whose names come last are asked first (they stand in
 * the relation's cache in the order of their names, and are put in front of each other), and what AND connects in one of them is asked in the order
 * written, since the planner sorts only conditions at the top. A policy that is alone has no OR around it, and there the bucket, which costs less, is
 * asked first. (RelationBuildRowSecurity(), order_qual_clauses(); seen on a server.)
 */
export function pathCasts(
  graph: SchemaGraph,
  objects: EntityOf<'table'>,
  clientRoles: readonly string[],
): readonly PathCast[] {
  const clients = clientAccess(graph, objects, clientRoles).filter(({ commands }) => commands.includes('select'));
  return graph.ownedBy(objects.id, 'policy').flatMap((policy) => {
    const cast = policy.isPermissive ? castIn(graph, policy, objects) : undefined;
    if (cast === undefined) return [];
    const met = new Set<string>();
    const access = clients.filter(({ role }) => {
      const policies = policiesFor(graph, objects, 'select', role);
      if (!policies.includes(policy) || policies.some((each) => !each.isPermissive)) return false;
      // What is asked before the cast and names no bucket might let the object through.
      const before = policies
        .filter(({ name }) => name > policy.name)
        .map((each) => bucketsAsked(graph, each, objects));
      if (before.some((each) => each.length === 0)) return false;
      const shown = policies
        .filter(({ name }) => name < policy.name)
        .flatMap(({ using }) => (using === null ? [] : (bucketsAlone(graph, using, objects) ?? [])));
      const found = shown.filter((each) => ![...cast.buckets, ...before.flat()].includes(each));
      for (const each of found) met.add(each);
      return found.length > 0;
    });
    return access.length === 0 ? [] : [{ policy, type: cast.type, met: [...met].sort(), access, asText: cast.asText }];
  });
}

function castIn(
  graph: SchemaGraph,
  policy: Policy,
  objects: EntityOf<'table'>,
): (Pick<PathCast, 'type' | 'asText'> & { readonly buckets: readonly string[] }) | undefined {
  const { using } = policy;
  if (using === null) return undefined;
  const conditions = conditionsOf(using);
  const at = conditions.findIndex(({ tree }) => castOf(graph, tree, using, objects) !== undefined);
  const condition = conditions[at];
  const cast = condition && castOf(graph, condition.tree, using, objects);
  // What stands before it and is about the object may keep it from being asked.
  if (cast === undefined || !conditions.slice(0, at).every(namesNothingOfRow)) return undefined;
  const buckets = bucketsAsked(graph, policy, objects);
  if (buckets.length === 0) return undefined;
  const textOf = (tree: Node) => partOf(using, tree).text;
  const isOfBucket = (tree: Node) => bucketsIn(graph, { ...using, tree }, objects).length > 0;
  const others = conditions.map(({ tree }) => tree).filter((_, index) => index !== at);
  const asked = [...others.filter(isOfBucket), ...others.filter((each) => !isOfBucket(each))].map((tree) =>
    'BoolExpr' in tree ? bracketed(textOf(tree)) : textOf(tree),
  );
  return {
    type: cast.type,
    buckets,
    asText: cast.isOwn ? [...asked, `${textOf(cast.path)} = (select auth.uid())::text`].join(' and ') : null,
  };
}

/** The buckets to which a policy limits objects, whatever else it asks; none where it names none. */
function bucketsAsked(graph: SchemaGraph, { using }: Policy, objects: EntityOf<'table'>): readonly string[] {
  return using === null ? [] : conditionsOf(using).flatMap((each) => bucketsIn(graph, each, objects));
}

/** `x = (storage.foldername(name))[1]::uuid`, either way round, by itself. */
function castOf(
  graph: SchemaGraph,
  condition: Node,
  using: Clause,
  objects: EntityOf<'table'>,
): { readonly type: string; readonly path: Node; readonly isOwn: boolean } | undefined {
  for (const [side, other] of equalSides(condition)) {
    const cast = fieldsOf(side, 'TypeCast');
    const type = stringsOf(cast?.typeName?.names).at(-1);
    const column = pathColumn(cast?.arg, using);
    if (cast?.arg === undefined || type === undefined || !STRICT_TYPES.has(type)) continue;
    if (column === undefined || column !== graph.column(objects.id, 'name')?.id) continue;
    return { type, path: cast.arg, isOwn: other !== undefined && CALLER.test(partOf(using, other).text) };
  }
  return undefined;
}

/** `auth.uid()`, perhaps in a subselect of its own, also as a catalog writes it. */
const CALLER = /^\(*\s*(?:select\s+)?auth\.uid\(\)(?:\s+as\s+uid)?\s*\)*$/i;

/** Types that not every text is one of. */
const STRICT_TYPES: ReadonlySet<string> = new Set(['uuid', 'int2', 'int4', 'int8']);

/** Of `(storage.foldername(name))[1]` and `split_part(name, '/', 1)` the column. */
function pathColumn(node: Node | undefined, using: Clause) {
  const item = fieldsOf(node, 'A_Indirection');
  const call = fieldsOf(item === undefined ? node : item.arg, 'FuncCall');
  const called = writtenName(call?.funcname).name;
  const isPath = item === undefined ? called === 'split_part' : called === 'foldername';
  return isPath ? referencedColumn(unwrapped(call?.args?.[0]), using) : undefined;
}
