import type { EntityBase } from './entity-base.ts';

/** A row of storage.buckets (Supabase) that a migration inserts. */
export interface Bucket extends EntityBase<'bucket'> {
  readonly name: string;
  /** Null where the statement computes it. */
  readonly isPublic: boolean | null;
}
