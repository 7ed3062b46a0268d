import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { decodeSql } from '../../../sql/decode.ts';
import { splitSql } from '../../../sql/split.ts';
import { readBytes } from './list-files.ts';

/** A file that psql runs where a command in another names it. */
export interface IncludedFile {
  /** As shown to people: relative to the working directory, forward slashes. */
  readonly file: string;
  /** Without links. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly blank: (text: string) => string;
  readonly includes: Includes;
}

/** The included files by the commands that name them, as written: `\ir tables/orders.sql`. */
export type Includes = ReadonlyMap<string, IncludedFile>;

/** How deep files include others, and how many in all: bounds on what one file may bring. */
const MAX_DEPTH = 16;
const MAX_FILES = 2000;

/**
 * What the commands \i, \ir, \include and \include_relative of a file bring (docs, psql, Meta-Commands), and what those bring in turn.
 * A file that is not there, lies outside of the project, is a link or includes itself is left out: its command is passed over, and said.
 * @param cwd where psql may have been started, besides the folders above the file
 */
export function includesOf(path: string, bytes: Uint8Array, cwd: string): Includes {
  const project = projectOf(path, cwd);
  let count = 0;

  function within(including: string, text: Uint8Array, chain: readonly string[]): Includes {
    const found = new Map<string, IncludedFile>();
    for (const { command, name, isRelative } of commandsIn(text, including)) {
      const included = chain.length > MAX_DEPTH ? undefined : meant(including, name, isRelative);
      if (included === undefined || chain.includes(included) || found.has(command) || ++count > MAX_FILES) continue;
      const file = relative(cwd, included).split(sep).join('/');
      const own = readBytes(included, file);
      const includes = within(included, own, [...chain, included]);
      found.set(command, { file, path: included, bytes: own, blank: (each) => each, includes });
    }
    return found;
  }

  /** \ir looks beside the file that has it; \i where psql was started, which is taken to be a folder above it with such a file, if there is one alone. */
  function meant(including: string, name: string, isRelative: boolean): string | undefined {
    const beside = dirname(including);
    const folders = isRelative ? [beside] : [...foldersUpTo(beside, project), cwd];
    const [only, another] = new Set(folders.flatMap((folder) => readable(resolve(folder, name), project) ?? []));
    return another === undefined ? only : undefined;
  }

  return within(path, bytes, [realPath(path) ?? path]);
}

/** All of them, also those that included files include. */
export function* filesOf(includes: Includes): Generator<IncludedFile> {
  for (const each of includes.values()) {
    yield each;
    yield* filesOf(each.includes);
  }
}

const COMMAND = /^\\(i|ir|include|include_relative)\s+(?:'((?:[^']|'')+)'|([^\s'":\\;]+));*$/;

interface Command {
  readonly command: string;
  readonly name: string;
  readonly isRelative: boolean;
}

function commandsIn(bytes: Uint8Array, file: string): readonly Command[] {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('\\i')) return [];
  const decoded = decodeSql(bytes, file);
  if (!decoded.ok) return [];
  return splitSql(decoded.text).flatMap(({ kind, start, end }) => {
    const command = decoded.text.slice(start, end);
    const [, verb = '', quoted, bare] = (kind === 'psql-meta-command' && COMMAND.exec(command)) || [];
    const name = quoted?.replaceAll("''", "'") ?? bare;
    return name === undefined ? [] : [{ command, name, isRelative: verb === 'ir' || verb === 'include_relative' }];
  });
}

function foldersUpTo(folder: string, top: string): readonly string[] {
  const above = dirname(folder);
  return folder === top || above === folder ? [folder] : [folder, ...foldersUpTo(above, top)];
}

/** The folder that holds the repository; else the working directory, or the folder around that of the file. */
function projectOf(path: string, cwd: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) break;
  }
  return path.startsWith(`${cwd}${sep}`) ? cwd : dirname(dirname(path));
}

/** The file, if it is one of SQL inside the project. */
function readable(path: string, project: string): string | undefined {
  if (!/\.(?:sql|psql|pgsql|ddl)$/i.test(path)) return undefined;
  const real = realPath(path);
  const top = realPath(project);
  if (real === undefined || top === undefined || !real.startsWith(top.endsWith(sep) ? top : `${top}${sep}`))
    return undefined;
  return lstatSync(path).isFile() ? real : undefined;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
