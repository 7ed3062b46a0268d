import { posix } from 'node:path';
import { withoutComments } from './comments.ts';
import type { DiscoveredFile, DiscoveryOptions } from './discover.ts';
import { countsOnOpenTables } from './open-tables.ts';

/** From when on projects are made with new tables closed to the API roles (Supabase changelog 45329). */
const CLOSED_FOR_NEW_PROJECTS = '2026-05-30';

/** From when on that holds for new tables of all projects; older ones keep their grants (the same). */
const CLOSED_FOR_ALL = '2026-10-30';

export interface Exposure {
  /** What is there before the first file. */
  readonly exposure: 'legacy' | 'explicit-grants';
  /** The index of the first file that ran when the platform opened no new tables any more; null where it never closed, or always had. */
  readonly closedFrom: number | null;
  /** How the platform starts, and why, as a part of a sentence; null where it was said. */
  readonly assumed: string | null;
}

/**
 * Are new tables of a Supabase project open to the API roles? Where neither the user nor the project says it, the dates of the
 * migrations do: that of the first tells when the project was made. Not where they count on open tables all the same, as where a project that was there
 * before, or has the old default, writes its history down anew.
 */
export function exposureOf(
  asked: DiscoveryOptions['exposure'],
  autoExposeNewTables: boolean | null,
  files: readonly Pick<DiscoveredFile, 'file' | 'bytes' | 'migration'>[],
): Exposure {
  if (asked !== 'auto') return { exposure: asked, closedFrom: null, assumed: null };
  if (autoExposeNewTables !== null)
    return { exposure: autoExposeNewTables ? 'legacy' : 'explicit-grants', closedFrom: null, assumed: null };
  const dates = files.map(({ migration }) => (migration.skipped === null ? dateOf(migration.version) : undefined));
  const [first] = dates.filter((each) => each !== undefined).sort();
  const before = files.slice(0, dates.indexOf(first)).filter(({ migration }) => migration.skipped === null);
  const beginning = files[dates.indexOf(first)];
  // Numbered files (001_users.sql) that were there before dates were given are older than the first date, nobody knows by how much.
  const isNew =
    first !== undefined &&
    first >= CLOSED_FOR_NEW_PROJECTS &&
    before.length === 0 &&
    beginning !== undefined &&
    beginsProject(beginning);
  const counting = isNew ? countsOnOpenTables(files) : undefined;
  if (isNew && counting === undefined)
    return {
      exposure: 'explicit-grants',
      closedFrom: null,
      assumed: `new tables closed to its API (--exposure explicit-grants, as the first migration is of ${first})`,
    };
  const index = dates.findIndex((each) => each !== undefined && each >= CLOSED_FOR_ALL);
  const until =
    index < 0 ? '' : ` and closed from ${files[index]?.file} on, as for all projects since ${CLOSED_FOR_ALL}`;
  return {
    exposure: 'legacy',
    closedFrom: index < 0 ? null : index,
    assumed: `new tables open to its API (--exposure legacy${counting === undefined ? '' : `, as ${counting} leaves clients to read what no GRANT lets them read`})${until}`,
  };
}

/** Is it the first of a new project, not what was written down of an older one, or changes it? */
function beginsProject({ file, bytes }: Pick<DiscoveredFile, 'file' | 'bytes'>): boolean {
  const text = bytes === null ? '' : withoutComments(new TextDecoder().decode(bytes));
  return /\bcreate\s+table\b/i.test(text) && !/remote_schema|baseline|squash|dump|snapshot/i.test(posix.basename(file));
}

/** The day in a version, as YYYY-MM-DD: versions count in days, or have the time behind. */
function dateOf(version: string | null): string | undefined {
  const [, year, month = '', day = ''] = /^(20\d\d)(\d\d)(\d\d)/.exec(version ?? '') ?? [];
  const isDate = year !== undefined && month >= '01' && month <= '12' && day >= '01' && day <= '31';
  return isDate ? `${year}-${month}-${day}` : undefined;
}
