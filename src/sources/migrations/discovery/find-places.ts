import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import fastGlob from 'fast-glob';
import { SourceError } from '../../../errors.ts';
import { byBytes } from './byte-order.ts';
import { listFolder } from './list-files.ts';
import { isSupabaseFolder } from './supabase-root.ts';

/** Where projects keep their migrations, best first. */
const USUAL = ['supabase/migrations', 'migrations', 'db/migrations', 'prisma/migrations', 'drizzle'];

/** How deep below the folder a project of a monorepo is looked for: `internal-packages/database/prisma/migrations` is 4. */
const MAX_DEPTH = 6;

/** How many of several folders are named. */
const SHOWN = 5;

/** What to audit where the command names nothing. @throws SourceError when that is nothing, or cannot be told. */
export function usualPlace(cwd: string): string {
  const found = USUAL.map((each) => join(cwd, each)).find(holdsSql);
  if (found !== undefined) return found;
  const own = listFolder(cwd);
  if (own.some((each) => each.depth === 0)) return cwd;
  const below = onlyPlaceBelow(cwd, '.');
  if (below !== undefined) return below;
  if (own.length > 0) return cwd;
  throw new SourceError(
    `No migrations found: looked for ${USUAL.join(', ')}, here and in the folders below, and for .sql files. Name a folder: ddlint lint PATH.`,
  );
}

/** A path argument: a project root, a migrations folder, a file, or a glob. @throws SourceError when it leads to nothing. */
export function placesOf(path: string, cwd: string): readonly string[] {
  const full = resolve(cwd, path);
  if (!existsSync(full)) {
    const matched = fastGlob.isDynamicPattern(path)
      ? fastGlob.sync(path, { cwd, absolute: true, followSymbolicLinks: false }).sort(byBytes)
      : [];
    if (matched.length > 0) return matched;
    throw new SourceError(`${path}: no such file or folder.`);
  }
  if (!statSync(full).isDirectory()) return [full];
  const applied = join(full, 'migrations');
  if (isSupabaseFolder(full) && holdsSql(applied)) return [applied];
  const own = listFolder(full);
  if (own.some((each) => each.depth === 0)) return [full];
  const project = USUAL.map((each) => join(full, each)).find(holdsSql);
  if (project !== undefined) return [project];
  // What lies somewhere below a monorepo's root (a seed.sql) is not what its migrations are.
  const below = onlyPlaceBelow(full, path);
  if (below !== undefined) return [below];
  if (own.length > 0) return [full];
  throw new SourceError(`No .sql files in ${path}.`);
}

function holdsSql(folder: string): boolean {
  return existsSync(folder) && statSync(folder).isDirectory() && listFolder(folder).length > 0;
}

/**
 * The migrations of the one project below a monorepo's root.
 *
 * @throws SourceError when there are several
 */
function onlyPlaceBelow(root: string, shownRoot: string): string | undefined {
  const all = [...foldersBelow(root, 0)];
  for (const usual of USUAL) {
    const ending = `${sep}${usual.split('/').join(sep)}`;
    const places = all.filter((each) => each.endsWith(ending) && holdsSql(each)).sort(byBytes);
    if (places.length === 1) return places[0];
    if (places.length === 0) continue;
    const names = places.slice(0, SHOWN).map((each) => relative(root, each).split(sep).join('/'));
    const more = places.length > SHOWN ? ` and ${places.length - SHOWN} more` : '';
    throw new SourceError(
      `${places.length} folders of migrations below ${shownRoot}: ${names.join(', ')}${more}. Name one: ddlint lint ${names[0]}.`,
    );
  }
  return undefined;
}

/** Without what packages and tools bring, and without following links. */
function* foldersBelow(folder: string, depth: number): Generator<string> {
  for (const entry of entriesOf(folder)) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    yield path;
    if (depth < MAX_DEPTH) yield* foldersBelow(path, depth + 1);
  }
}

/** A folder that may not be read holds no migrations for whoever asks. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
