import type { Change } from '../journal.ts';

/** The files in which a statement fails: what such a file makes is rolled back with it, and what makes it again is its repair. */
export function failingFiles(journal: readonly Change[]): ReadonlySet<string> {
  return new Set(
    journal.flatMap((change) => {
      if (change.type === 'rejected') return [change.at.file];
      return change.type === 'failed' ? [change.by.at.file] : [];
    }),
  );
}
