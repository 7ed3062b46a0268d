import type { SourceLocation } from '../sql/location.ts';

/** Where an entity was declared, or which statement set one of its facts. */
export type Origin =
  | { readonly from: 'statement'; readonly at: SourceLocation }
  | { readonly from: 'catalog' }
  /** Provided by the platform (auth.users, anon): seeded, never reported on. */
  | { readonly from: 'platform' };

export const CATALOG: Origin = { from: 'catalog' };
export const PLATFORM: Origin = { from: 'platform' };
