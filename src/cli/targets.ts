import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { SourceError } from '../errors.ts';
import { mistypedCommand } from './arguments/commands.ts';

/** What a lint reads, and of which files it reports. */
export interface Targets {
  /** As the source takes them; empty = look in the working directory. */
  readonly paths: readonly string[];
  /** As the source shows them; null = report all. */
  readonly onlyFiles: readonly string[] | null;
}

const FOLDERS = new Set(['migrations', 'drizzle']);

/**
 * A file of a migrations folder says little alone: the whole folder is read, and the files given filter the report
 * (that is how pre-commit and editors call). Other files are read by themselves, in the order given.
 * @throws SourceError for what is neither there nor far from a command's name
 */
export function targetsOf(given: readonly string[], cwd: string): Targets {
  const paths: string[] = [];
  const onlyFiles: string[] = [];
  let filters = false;
  let isWhole = false;
  for (const path of given) {
    const full = resolve(cwd, path);
    const hint = existsSync(full) ? '' : mistypedCommand(path);
    if (hint !== '') throw new SourceError(`${path}: no such file or folder.${hint}`);
    if (!existsSync(full) || !statSync(full).isFile()) {
      paths.push(path);
      isWhole = true;
      continue;
    }
    if (basename(full) === 'config.toml' && basename(dirname(full)) === 'supabase') {
      paths.push(dirname(dirname(full)));
      isWhole = true;
      continue;
    }
    const folder = migrationsFolder(full, cwd);
    filters ||= folder !== null;
    paths.push(folder ?? path);
    onlyFiles.push(shownFrom(cwd, full));
  }
  const shown = paths.map((path) => (isAbsolute(path) ? shownFrom(cwd, path) : path));
  return { paths: [...new Set(shown)], onlyFiles: filters && !isWhole ? onlyFiles : null };
}

/** Reports name what was read: the same on every machine. */
function shownFrom(cwd: string, path: string): string {
  return relative(cwd, path).split(sep).join('/') || '.';
}

/** The outermost folder around the file, below the working directory, that is named like a set of migrations. */
function migrationsFolder(file: string, cwd: string): string | null {
  let found: string | null = null;
  for (
    let folder = dirname(file);
    folder.length >= cwd.length && folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    if (FOLDERS.has(basename(folder))) found = folder;
  }
  return found;
}
