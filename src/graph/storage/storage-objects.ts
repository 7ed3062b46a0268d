import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The table of Supabase Storage in which each object is a row. */
export function isStorageObjects({ name }: EntityOf<'table'>): boolean {
  return name.schema === 'storage' && name.name === 'objects';
}

/** Is the bucket public? Null where it is not known, undefined where no migration makes it. */
export function publicityOf(graph: SchemaGraph, bucket: string): EntityOf<'bucket'>['isPublic'] | undefined {
  return graph.ofKind('bucket').find(({ name }) => name === bucket)?.isPublic;
}
