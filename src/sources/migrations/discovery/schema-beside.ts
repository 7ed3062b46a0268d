import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { decodeSql } from '../../../sql/decode.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { readSql } from '../../../sql/parse.ts';
import type { DiscoveredFile } from './discover.ts';
import { unlessUnreadable } from './unless-unreadable.ts';

/** A file next to the migrations that makes tables which they need and do not make. */
export interface SchemaBeside {
  readonly path: string;
  /** Of the tables asked for. */
  readonly tables: number;
}

/** Folders beside which a schema often lies: a project's `schema.sql` above `supabase/migrations`. */
const USUAL_FOLDERS: ReadonlySet<string> = new Set(['supabase', 'db', 'database', 'prisma', 'sql', 'postgres']);

/** More files are a folder of something else, and larger ones are data. */
const MOST_FILES = 20;
const MOST_BYTES = 5_000_000;

/**
 * The file in the folder above the migrations (and above that, where it has one of the usual names) that makes most of these tables, and at least
 * half of them.
 * @param tables names without their schema
 */
export function schemaBeside(
  files: readonly DiscoveredFile[],
  tables: ReadonlySet<string>,
  cwd: string,
): SchemaBeside | undefined {
  const read = new Set(files.map(({ file }) => resolve(cwd, file)));
  const [first] = read;
  if (first === undefined || tables.size === 0) return undefined;
  const above = dirname(dirname(first));
  const folders = USUAL_FOLDERS.has(basename(above)) ? [above, dirname(above)] : [above];
  let best: SchemaBeside | undefined;
  for (const path of folders.flatMap(sqlFilesIn)) {
    if (read.has(path)) continue;
    const made = tablesMadeIn(path);
    const count = [...tables].filter((each) => made.has(each)).length;
    if (count * 2 >= tables.size && count > (best?.tables ?? 0)) best = { path, tables: count };
  }
  return best;
}

/** Its regular files, in the order of their names; what cannot be looked at has nothing to offer. */
function sqlFilesIn(folder: string): readonly string[] {
  const entries = unlessUnreadable(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  const names = entries.flatMap((each) => (each.isFile() && /\.sql$/i.test(each.name) ? [each.name] : []));
  return names.length > MOST_FILES ? [] : names.sort().map((each) => join(folder, each));
}

function tablesMadeIn(path: string): ReadonlySet<string> {
  const bytes = unlessUnreadable(() => (statSync(path).size > MOST_BYTES ? undefined : readFileSync(path)));
  const decoded = bytes && decodeSql(bytes, path);
  if (decoded?.ok !== true) return new Set();
  const names = readSql(decoded.text, path).statements.flatMap(
    ({ node }) => fieldsOf(node, 'CreateStmt')?.relation?.relname ?? [],
  );
  return new Set(names);
}
