// One migration tool, one entry: how it is recognised, which files it runs, in which order, under which version (docs of each tool).
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SourceError } from '../../../errors.ts';
import { byBytes } from './byte-order.ts';
import { isDownFile } from './down-files.ts';
import { blankDownSections } from './down-sections.ts';
import type { ListedFile } from './list-files.ts';
import { supabaseRoot } from './supabase-root.ts';

export interface Identity {
  readonly version: string | null;
  readonly name: string;
  /** Why it is not replayed: a phrase. */
  readonly skipped: string | null;
  readonly misnamed: string | null;
}

export interface Tool {
  readonly name: string;
  readonly order: (files: readonly ListedFile[]) => readonly ListedFile[];
  readonly identify: (file: ListedFile) => Identity;
  readonly blank: (text: string) => string;
}

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

function identify(name: string, skipped: string | null = null, misnamed: string | null = null): Identity {
  const stem = name.replace(/\.sql$/i, '').replace(/\.up$/i, '');
  const match = /^(\d+)[_.-]?(.*)$/.exec(stem);
  return { version: match?.[1] ?? null, name: match?.[2] || stem, skipped, misnamed };
}

/** supabase/cli, pkg/migration/list.go: `<digits>_<name>.sql`, this folder only, byte order of the whole names. */
const SUPABASE: Tool = {
  name: 'supabase',
  order: byName,
  identify: ({ name }) => {
    const nested = name.includes('/');
    const matches = /^\d+_.*\.sql$/.test(name);
    if (nested) return identify(basename(name), 'the Supabase CLI does not look into sub-folders');
    if (matches && name.endsWith('_init.sql') && /^\d{14}_/.test(name) && name.slice(0, 14) < '20211209000000') {
      return identify(name, 'the Supabase CLI skips an _init.sql older than 20211209000000');
    }
    if (matches) return identify(name);
    // A number in front shows that it was meant as a migration; dashboards and other services run such files, so it is replayed.
    if (/^\d/.test(name) && !isDownFile(name))
      return identify(name, null, 'the Supabase CLI runs only files named <digits>_<name>.sql');
    return identify(name, 'the Supabase CLI runs only files named <digits>_<name>.sql');
  },
  blank: asWritten,
};

/**
 * Prisma: <folder>/migration.sql by folder name; diesel and Hasura: <folder>/up.sql with down.sql beside it. Their version is
 * what stands before the first underscore, without its dashes (diesel's version_from_string).
 */
function folderTool(name: string, file: string): Tool {
  return {
    name,
    order: (files) => byName(files.filter((each) => basename(each.name) === file)),
    identify: (each) => {
      const folder = basename(dirname(each.path));
      const [first = ''] = folder.split('_');
      return { ...identify(folder), version: /^\d[\d-]*$/.test(first) ? first.replaceAll('-', '') : null };
    },
    blank: asWritten,
  };
}

/** drizzle-kit up to 0.x: the order is that of meta/_journal.json. */
function drizzle(folder: string): Tool {
  const path = join(folder, 'meta', '_journal.json');
  let tags: readonly string[];
  try {
    const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries?: readonly { idx: number; tag: string }[] };
    tags = [...(journal.entries ?? [])].sort((a, b) => a.idx - b.idx).map((each) => `${each.tag}.sql`);
  } catch (cause) {
    throw new SourceError(`meta/_journal.json of the drizzle migrations cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  return {
    name: 'drizzle',
    order: (files) => {
      const rank = new Map(tags.map((tag, index) => [tag, index]));
      return [...files].sort(
        (a, b) => (rank.get(a.name) ?? Infinity) - (rank.get(b.name) ?? Infinity) || byBytes(a.name, b.name),
      );
    },
    identify: ({ name }) => identify(name, tags.includes(name) ? null : 'meta/_journal.json does not list it'),
    blank: asWritten,
  };
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
const NUMBERED: Tool = {
  name: 'plain',
  order: byVersion,
  identify: ({ name }) => identify(basename(name), isDownFile(name) ? 'it undoes a migration' : null),
  blank: blankDownSections,
};

/** Files named one by one. */
const FILES: Tool = {
  name: 'files',
  order: (files) => files,
  identify: ({ name }) => identify(name),
  blank: blankDownSections,
};

/** Recognises the tool by its marker files, after the place itself. */
export function toolOf(place: string, files: readonly ListedFile[]): Tool {
  if (files.length === 1 && files[0]?.path === place) return FILES;
  const names = files.map((each) => each.name);
  if (
    supabaseRoot(place) !== undefined ||
    (basename(place) === 'migrations' && basename(dirname(place)) === 'supabase')
  )
    return SUPABASE;
  if (existsSync(join(place, 'migration_lock.toml')) || mostly(names, /\/migration\.sql$/))
    return folderTool('prisma', 'migration.sql');
  if (mostly(names, /\/(?:up|down)\.sql$/)) return folderTool('diesel or Hasura', 'up.sql');
  if (existsSync(join(place, 'meta', '_journal.json'))) return drizzle(place);
  if (
    mostly(
      names.map((each) => basename(each)),
      /^[VRU][\d._]*__/,
    )
  )
    return FLYWAY;
  return NUMBERED;
}

function mostly(names: readonly string[], pattern: RegExp): boolean {
  return names.length > 0 && names.filter((each) => pattern.test(each)).length * 2 > names.length;
}
