import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import { testsIn } from '../query-shapes/column-tests.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { conditionsOf } from './policy-clauses.ts';

/** The table of Supabase Storage in which each object is a row. */
export function isStorageObjects({ name }: EntityOf<'table'>): boolean {
  return name.schema === 'storage' && name.name === 'objects';
}

/** The buckets to which a condition limits objects, if it asks for nothing else of them or of the caller but that somebody is signed in. */
export function bucketsAlone(
  graph: SchemaGraph,
  using: BoundExpression,
  objects: EntityOf<'table'>,
): readonly string[] | undefined {
  const bucket = graph.column(objects.id, 'bucket_id');
  const named: string[] = [];
  for (const each of conditionsOf(using)) {
    if (foldBoolean(each.tree) === true || isOpenToSignedIn(each)) continue;
    const tests = testsIn(each.tree, each);
    const isOfBucket = tests.length > 0 && tests.every(({ test }) => test.column === bucket?.id);
    if (!isOfBucket || !tests.every(({ test: { kind } }) => kind === 'equal' || kind === 'in')) return undefined;
    named.push(...tests.flatMap(({ test }) => test.constants));
  }
  return named.length === 0 ? undefined : named;
}
