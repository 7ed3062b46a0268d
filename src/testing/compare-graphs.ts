import { compareGraphs } from '../graph/difference/compare-graphs.ts';
import { differenceText, type GraphDifference } from '../graph/difference/graph-difference.ts';
import { readDatabase } from '../sources/live/read-database.ts';
import type { Discovered } from '../sources/migrations/discovery/discover.ts';
import { replayDiscovered } from '../sources/migrations/migrations.ts';
import type { Reading } from '../sources/source.ts';
import type { EmbeddedPostgres } from './embedded-postgres.ts';
import { fitsTransaction, type HistoryRun, runHistory, withoutStatements } from './run-history.ts';

/** The same history on a server and in the replay. */
export interface Parity {
  readonly run: HistoryRun;
  /** The replay of just those statements that the server accepted. */
  readonly replayed: Reading;
  /** What `ddlint audit` reads of the server. */
  readonly catalog: Reading;
  /** None when both agree. `left` is the replay, `right` the server. */
  readonly differences: readonly GraphDifference[];
}

/** What the replay of a history makes of it that the server does not, and the reverse. Needs a database nothing has run in. */
export async function parityOf(database: EmbeddedPostgres, found: Discovered): Promise<Parity> {
  return comparison(database, found, false);
}

/** The same in a database that is left as it was. Only for histories that `fitsTransaction` allows. */
export async function parityInTransaction(database: EmbeddedPostgres, found: Discovered): Promise<Parity> {
  await database.exec('begin');
  try {
    return await comparison(database, found, true);
  } finally {
    await database.exec('rollback');
  }
}

export { fitsTransaction };

async function comparison(database: EmbeddedPostgres, found: Discovered, isInTransaction: boolean): Promise<Parity> {
  const run = await runHistory(database, found, isInTransaction);
  await database.exec('reset session authorization; reset role; reset all');
  const { platform, exposedSchemas } = found;
  const connection = isInTransaction ? withinTransaction(database) : database;
  const catalog = await readDatabase(connection, { platform, exposedSchemas });
  const replayed = await replayDiscovered(withoutStatements(found, run.refused), {});
  const differences = compareGraphs(replayed.graph, catalog.graph).filter((each) => !isOfTheEmbedding(each));
  return { run, replayed, catalog, differences };
}

/** One line for people. */
export function parityText(difference: GraphDifference): string {
  return differenceText(difference, 'replay', 'server');
}

/**
 * Embedded Postgres has the role that runs migrations as a superuser (see `startEmbeddedPostgres`); no Supabase project has. So
 * it does not become the administrator of the roles it makes.
 */
function isOfTheEmbedding({ kind, path, fact, left, right }: GraphDifference): boolean {
  if (kind !== 'role' || path !== 'postgres') return false;
  return (
    fact === 'isSuperuser' ||
    (fact === 'memberOf' &&
      left !== null &&
      withoutOwnRoles(left) === (right === null ? '' : right.replaceAll(' with admin', '')))
  );
}

function withoutOwnRoles(memberships: string): string {
  const others = memberships.split(', ').filter((each) => !each.endsWith(' with admin without inherit without set'));
  return others.map((each) => each.replace(' with admin', '')).join(', ');
}

/** The reader's own BEGIN and ROLLBACK would end the transaction. */
function withinTransaction(database: EmbeddedPostgres): EmbeddedPostgres {
  return {
    ...database,
    query: async <Row>(sql: string, parameters?: readonly unknown[]) =>
      /^(BEGIN|ROLLBACK)\b/.test(sql) ? [] : database.query<Row>(sql, parameters),
  };
}
