import { anyNode } from '../../sql/walk.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { ownColumns } from '../own-column.ts';
import { partOf } from '../policies/alternatives.ts';
import { conditionsOf } from '../policies/policy-clauses.ts';
import { testsIn } from '../query-shapes/column-tests.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The buckets to which a condition limits objects, if it asks for nothing else of them or of the caller but that somebody is signed in. */
export function bucketsAlone(
  graph: SchemaGraph,
  using: BoundExpression,
  objects: EntityOf<'table'>,
): readonly string[] | undefined {
  const limits = limitsOf(graph, using, objects);
  return limits === undefined || limits.names.length > 0 ? undefined : limits.buckets;
}

/** To what a condition limits objects that asks for nothing of the caller, or only that somebody is signed in. */
export interface ObjectLimits {
  readonly buckets: readonly string[];
  /** What it asks of the object otherwise, which whoever names it can meet: `name like 'public/%'`. */
  readonly names: readonly BoundExpression[];
}

/** Undefined where it asks for more, or for no bucket. */
export function limitsOf(
  graph: SchemaGraph,
  using: BoundExpression,
  objects: EntityOf<'table'>,
): ObjectLimits | undefined {
  const name = graph.column(objects.id, 'name')?.id;
  const buckets: string[] = [];
  const names: BoundExpression[] = [];
  for (const each of conditionsOf(using)) {
    if (foldBoolean(each.tree) === true || isOpenToSignedIn(each)) continue;
    const asked = bucketsIn(graph, each, objects);
    if (asked.length > 0) buckets.push(...asked);
    else if (isAboutName(graph, each, name)) names.push(partOf(using, each.tree));
    else return undefined;
  }
  return buckets.length === 0 ? undefined : { buckets, names };
}

/** Those of `bucket_id = 'papers'`; none of a condition that asks for something else. */
export function bucketsIn(
  graph: SchemaGraph,
  condition: BoundExpression,
  objects: EntityOf<'table'>,
): readonly string[] {
  const bucket = graph.column(objects.id, 'bucket_id')?.id;
  const tests = testsIn(condition.tree, condition);
  const isOfBucket = tests.every(({ test: { column, kind } }) => {
    return column === bucket && (kind === 'equal' || kind === 'in');
  });
  return isOfBucket ? tests.flatMap(({ test }) => test.constants) : [];
}

/** Is the bucket named anywhere in the clause? */
export function namesBucket({ tree }: BoundExpression, bucket: string): boolean {
  return anyNode(tree, (node) => constantOf(node) === bucket);
}

/** Does it compare the name with constants, also by way of the functions of Storage that take it apart? */
function isAboutName(graph: SchemaGraph, condition: BoundExpression, name: EntityId | undefined): boolean {
  const columns = ownColumns(condition.tree, condition);
  const isAboutMore = anyNode(condition.tree, (_, tag) => tag === 'SubLink' || tag === 'SQLValueFunction');
  return (
    columns.size === 1 &&
    name !== undefined &&
    columns.has(name) &&
    !isAboutMore &&
    !asksCaller(graph, condition.tree, condition) &&
    !callsUsersFunction(graph, condition)
  );
}
