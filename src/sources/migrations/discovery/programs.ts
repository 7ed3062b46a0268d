import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ListedFile } from './list-files.ts';

const PROGRAM = /^\d+[_.-].*\.(?:go|[cm]?[jt]s|py|rb|java|kt|php|exs?)$/i;

/** Tests of them, and declarations of types. */
const BESIDE = /(?:[._]test|\.spec|\.d)\.\w+$/i;

/**
 * Migrations that are programs, among numbered files of SQL: goose runs Go, node-pg-migrate JavaScript. One with an SQL file of its name
 * beside it only runs that.
 */
export function listPrograms(folder: string, sql: readonly ListedFile[]): readonly ListedFile[] {
  const own = new Set(sql.map(({ name }) => stem(name)));
  return readdirSync(folder, { withFileTypes: true })
    .filter((each) => each.isFile() && PROGRAM.test(each.name) && !BESIDE.test(each.name) && !own.has(stem(each.name)))
    .map(({ name }) => ({ path: join(folder, name), name, link: null, isProgram: true }));
}

function stem(name: string): string {
  return name.replace(/\.\w+$/, '').toLowerCase();
}
