// One migration tool, one entry: how it is recognised, which files it runs, in which order, under which version (docs of each tool).
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { byBytes } from './byte-order.ts';
import { notForPostgres } from './dialects.ts';
import { doneBeside, isDownFile, undoesAnother } from './down-files.ts';
import { blankDownSections } from './down-sections.ts';
import { type DeadJournal, deadJournal, drizzle, hasJournal } from './drizzle.ts';
import type { ListedFile } from './list-files.ts';
import { sqitch, sqitchPlan } from './sqitch.ts';
import { supabaseRoot } from './supabase-root.ts';
import { type Identity, identify, type Tool } from './tool.ts';

const asWritten = (text: string): string => text;
const byName = (files: readonly ListedFile[]): readonly ListedFile[] =>
  [...files].sort((a, b) => byBytes(a.name, b.name));

/** By the version as a number where every file has one, else by bytes: 2.sql before 10.sql. */
function byVersion(files: readonly ListedFile[]): readonly ListedFile[] {
  const numbered = files.every((each) => /^\d+/.test(each.name));
  if (!numbered) return byName(files);
  const version = (name: string): bigint => BigInt(/^\d+/.exec(name)?.[0] ?? '0');
  return [...files].sort((a, b) => {
    const [x, y] = [version(a.name), version(b.name)];
    return x < y ? -1 : x > y ? 1 : byBytes(a.name, b.name);
  });
}

/**
 * supabase/cli, pkg/migration/list.go: `<digits>_<name>.sql`, this folder only, byte order of the whole names. What undoes the migration beside it has
 * its version, so that the CLI would stop at the two: whoever has such files runs the migrations otherwise, and not these.
 */
function supabase(files: readonly ListedFile[]): Tool {
  const names = new Set(files.map((each) => each.name));
  return {
    name: 'supabase',
    order: byName,
    identify: ({ name }) => {
      const nested = name.includes('/');
      const matches = /^\d+_.*\.sql$/.test(name);
      if (nested) return identify(basename(name), 'the Supabase CLI does not look into sub-folders');
      if (matches && name.endsWith('_init.sql') && /^\d{14}_/.test(name) && name.slice(0, 14) < '20211209000000') {
        return identify(name, 'the Supabase CLI skips an _init.sql older than 20211209000000');
      }
      if (matches) return identify(name, doneBeside(name, names));
      // A number in front shows that it was meant as a migration; dashboards and other services run such files, so it is replayed.
      if (/^\d/.test(name) && !isDownFile(name))
        return identify(name, null, 'the Supabase CLI runs only files named <digits>_<name>.sql');
      return identify(name, 'the Supabase CLI runs only files named <digits>_<name>.sql');
    },
    blank: asWritten,
    fillsIn: false,
    note: null,
  };
}

/** Prisma, and drizzle-kit since 1.0: <folder>/migration.sql by folder name. */
function folderTool(name: string): Tool {
  return {
    name,
    order: (files) => byName(files.filter((each) => basename(each.name) === 'migration.sql')),
    identify: ofFolder,
    blank: asWritten,
    fillsIn: false,
    note: null,
  };
}

/**
 * diesel and Hasura: <folder>/up.sql with down.sql beside it, by version and not by name: diesel wrote 20170804200817_a before it wrote
 * 2017-09-23-182408_b, and both stand in one folder.
 */
const DIESEL: Tool = {
  name: 'diesel or Hasura',
  order: (files) =>
    files
      .filter((each) => basename(each.name) === 'up.sql')
      .map((file) => ({ file, version: folderVersion(basename(dirname(file.path))) }))
      .sort((a, b) => byBytes(a.version, b.version) || byBytes(a.file.name, b.file.name))
      .map(({ file }) => file),
  identify: ofFolder,
  blank: asWritten,
  fillsIn: false,
  note: null,
};

function ofFolder(file: ListedFile): Identity {
  const folder = basename(dirname(file.path));
  const version = folderVersion(folder);
  return { ...identify(folder), version: /^\d+$/.test(version) ? version : null };
}

/** What stands before the first underscore, without its dashes (diesel's version_from_string). */
function folderVersion(folder: string): string {
  return (folder.split('_')[0] ?? '').replaceAll('-', '');
}

/** Flyway: V<version>__x.sql by version, then R__x.sql by name; U and others are not run. */
const FLYWAY: Tool = {
  name: 'flyway',
  order: (files) => [...files].sort((a, b) => compareFlyway(basename(a.name), basename(b.name))),
  identify: ({ name }) => {
    const match = /^([VR])(.*?)__(.*)\.sql$/.exec(basename(name));
    if (!match) return identify(basename(name), 'Flyway runs only files named V<version>__<name>.sql or R__<name>.sql');
    return {
      version: match[1] === 'V' ? (match[2] ?? null) : null,
      name: match[3] ?? name,
      skipped: null,
      misnamed: null,
    };
  },
  blank: asWritten,
  fillsIn: true,
  note: null,
};

function compareFlyway(a: string, b: string): number {
  const parts = (name: string): readonly bigint[] | null => {
    const version = /^V([\d._]+)__/.exec(name)?.[1];
    return version === undefined ? null : version.split(/[._]/).filter(Boolean).map(BigInt);
  };
  const [x, y] = [parts(a), parts(b)];
  if (x === null || y === null) return x === y ? byBytes(a, b) : x === null ? 1 : -1;
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [m, n] = [x[i] ?? 0n, y[i] ?? 0n];
    if (m !== n) return m < n ? -1 : 1;
  }
  return byBytes(a, b);
}

/** golang-migrate, sqlx, tern, dbmate, goose, node-pg-migrate and bare folders: numbered files, down parts beside or inside. */
function numbered(files: readonly ListedFile[], note: string | null = null): Tool {
  return {
    name: 'plain',
    order: byVersion,
    identify: (file) => identify(basename(file.name), whyNotRun(file, files)),
    blank: blankDownSections,
    fillsIn: true,
    note,
  };
}

/** The files that a journal lists, and those that carry on where it ends. */
function numberedPast({ note, whyUnlisted }: DeadJournal, files: readonly ListedFile[]): Tool {
  const tool = numbered(files, note);
  return {
    ...tool,
    identify: (file) => {
      const identity = tool.identify(file);
      return identity.skipped === null ? { ...identity, misnamed: whyUnlisted(file.name) } : identity;
    },
  };
}

function whyNotRun(file: ListedFile, all: readonly ListedFile[]): string | null {
  return undoesAnother(file.name, all) ? 'it undoes a migration' : (notForPostgres(file, all) ?? null);
}

/** Files named one by one. */
const FILES: Tool = {
  name: 'files',
  order: (files) => files,
  identify: ({ name }) => identify(name),
  blank: blankDownSections,
  fillsIn: true,
  note: null,
};

/**
 * Recognises the tool by its marker files, after the place itself.
 * @param programs migrations beside the SQL files that are programs
 */
export function toolOf(place: string, files: readonly ListedFile[], programs: readonly ListedFile[]): Tool {
  if (files.length === 1 && files[0]?.path === place) return FILES;
  const names = files.map((each) => each.name);
  if (
    supabaseRoot(place) !== undefined ||
    (basename(place) === 'migrations' && basename(dirname(place)) === 'supabase')
  )
    return supabase(files);
  if (existsSync(join(place, 'migration_lock.toml'))) return folderTool('prisma');
  if (mostly(names, /\/migration\.sql$/)) return folderTool(hasSnapshots(files) ? 'drizzle' : 'prisma');
  if (mostly(names, /\/(?:up|down)\.sql$/)) return DIESEL;
  const dead = hasJournal(place) ? deadJournal(place, files) : undefined;
  if (dead !== undefined) return numberedPast(dead, [...files, ...programs]);
  if (hasJournal(place)) return drizzle(place, files) ?? numbered([...files, ...programs], NOT_JOURNALED);
  const plan = sqitchPlan(place);
  if (plan !== undefined) return sqitch(plan, files);
  if (
    mostly(
      names.map((each) => basename(each)),
      /^[VRU][\d._]*__/,
    )
  )
    return FLYWAY;
  return numbered([...files, ...programs]);
}

const NOT_JOURNALED =
  'meta/_journal.json lists none of the files, so drizzle-kit migrate runs none of them; they are read in the order of their numbers.';

/** drizzle-kit since 1.0 keeps its picture of the schema beside each migration.sql. */
function hasSnapshots(files: readonly ListedFile[]): boolean {
  return files.some((each) => existsSync(join(dirname(each.path), 'snapshot.json')));
}

function mostly(names: readonly string[], pattern: RegExp): boolean {
  return names.length > 0 && names.filter((each) => pattern.test(each)).length * 2 > names.length;
}
