import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SourceError } from '../../../errors.ts';
import { MAX_FILE_BYTES } from '../../../sql/parse.ts';

export interface ListedFile {
  readonly path: string;
  /** Relative to the folder, forward slashes: `20240101_init/migration.sql`. */
  readonly name: string;
  /** Where it leads, when it is a symbolic link out of the folder; it is not read then. */
  readonly link: string | null;
  readonly depth?: number;
  /** A migration that is written in a programming language. */
  readonly isProgram?: true;
}

/** Deep enough for every tool (hasura: default/<version>/up.sql), and a bound on cyclic layouts. */
const MAX_DEPTH = 3;

/** The .sql files below a folder, unsorted. Links are followed only to files inside the folder; node_modules and dot folders are not entered. */
export function listFolder(folder: string): readonly (ListedFile & { readonly depth: number })[] {
  const root = realpathSync(folder);
  const found: (ListedFile & { depth: number })[] = [];
  const enter = (path: string, prefix: string, depth: number): void => {
    for (const entry of entriesOf(path)) {
      const full = join(path, entry.name);
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory() && depth < MAX_DEPTH && !entry.name.startsWith('.') && entry.name !== 'node_modules')
        enter(full, `${name}/`, depth + 1);
      else if (/\.sql$/i.test(entry.name) && entry.isFile()) found.push({ path: full, name, link: null, depth });
      else if (/\.sql$/i.test(entry.name) && entry.isSymbolicLink())
        found.push({ path: full, name, link: leadsOut(full, root), depth });
    }
  };
  enter(folder, '', 0);
  return found;
}

function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    throw new SourceError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function leadsOut(path: string, root: string): string | null {
  try {
    const real = realpathSync(path);
    return real.startsWith(`${root}/`) && statSync(real).isFile() ? null : readlinkSync(path);
  } catch {
    return readlinkSync(path);
  }
}

/** @throws SourceError when it cannot be read, is no regular file, or is larger than `MAX_FILE_BYTES`. */
export function readBytes(path: string, shown: string): Uint8Array {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new SourceError(`${shown} is not a regular file.`);
    if (stat.size > MAX_FILE_BYTES) {
      throw new SourceError(
        `${shown} has ${stat.size} bytes; files of more than ${MAX_FILE_BYTES} bytes are not read. Leave it out, or split it.`,
      );
    }
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    throw new SourceError(`${shown} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
