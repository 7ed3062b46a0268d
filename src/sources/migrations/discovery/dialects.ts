import { basename, posix } from 'node:path';
import type { ListedFile } from './list-files.ts';

/** Other databases for which projects keep migrations beside those for Postgres, as they are written in names. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['mysql', 'MySQL'],
  ['mariadb', 'MariaDB'],
  ['sqlite', 'SQLite'],
  ['sqlite3', 'SQLite'],
  ['cockroach', 'CockroachDB'],
  ['cockroachdb', 'CockroachDB'],
  ['mssql', 'SQL Server'],
  ['sqlserver', 'SQL Server'],
  ['oracle', 'Oracle'],
  ['clickhouse', 'ClickHouse'],
  ['h2', 'H2'],
]);
const POSTGRES = /^(?:postgres|postgresql|pg|pgsql)$/;

/**
 * Why a file is not for Postgres, where others are: it is in a folder `mysql`, or called x.mysql.up.sql (pop); or x.up.sql, beside which
 * x.postgres.up.sql is. Undefined where nothing says so.
 */
export function notForPostgres(file: ListedFile, all: readonly ListedFile[]): string | undefined {
  const other = otherDatabase(file.name);
  if (other !== undefined)
    return all.some((each) => otherDatabase(each.name) === undefined) ? `it is for ${other}` : undefined;
  const [stem = '', ...endings] = basename(file.name).split('.');
  if (endings.length > 2 || wordsOf(file.name).some((each) => POSTGRES.test(each))) return undefined;
  const folder = posix.dirname(file.name);
  const own = all.find((each) => {
    const [itsStem, database, ...itsEndings] = basename(each.name).split('.');
    const isBeside = posix.dirname(each.name) === folder && itsStem === stem && itsEndings.join() === endings.join();
    return isBeside && POSTGRES.test(database ?? '');
  });
  return own === undefined ? undefined : `${basename(own.name)} is run in its place`;
}

function otherDatabase(name: string): string | undefined {
  return wordsOf(name).flatMap((each) => OTHERS.get(each) ?? [])[0];
}

/** The folders, and what stands between dots: `mysql` of mysql/1_a.sql and of 1_a.mysql.up.sql, not of 1_add_mysql.sql. */
function wordsOf(name: string): readonly string[] {
  const [file = '', ...folders] = name.toLowerCase().split('/').reverse();
  return [...folders, ...file.split('.').slice(1)];
}
