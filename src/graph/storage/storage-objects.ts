import type { EntityOf } from '../entities/index.ts';

/** The table of Supabase Storage in which each object is a row. */
export function isStorageObjects({ name }: EntityOf<'table'>): boolean {
  return name.schema === 'storage' && name.name === 'objects';
}
