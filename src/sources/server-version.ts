import type { Reading } from './source.ts';

/** Replay models this one. */
export const NEWEST_MAJOR = 18;

/** 17 of `PostgreSQL 17.6`; the one that replay models where no server is behind the reading. */
export function serverMajorOf({ server }: Pick<Reading, 'server'>): number {
  return Number(/\d+/.exec(server ?? '')?.[0] ?? NEWEST_MAJOR);
}
