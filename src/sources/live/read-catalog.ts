import { listedByComma } from '../../graph/binding/api-path.ts';
import type { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import type { CatalogConnection } from './catalog/catalog-connection.ts';
import { COUNTER_QUERIES, OBJECT_QUERIES } from './catalog/catalog-queries.ts';
import { CatalogRows } from './catalog/catalog-rows.ts';
import { versionedSql } from './catalog/versioned-sql.ts';
import { CATALOG_LIMITS, type CatalogLimits, inTransaction } from './catalog-transaction.ts';

const QUERIES = [...OBJECT_QUERIES, ...COUNTER_QUERIES, 'exposed-schemas'];

/** The tables of which rows are read besides, where they are there and the role may. */
const OPTIONAL = [
  { table: 'storage.buckets', query: 'buckets', needs: ['id', 'public'], what: 'Storage buckets' },
  {
    table: 'supabase_migrations.schema_migrations',
    query: 'applied-migrations',
    needs: ['version', 'name', 'statements'],
    what: 'Which migrations were applied',
  },
] as const;

/** A row of supabase_migrations.schema_migrations. */
export interface AppliedMigration {
  readonly version: string;
  readonly name: string | null;
  /** Null where the history was repaired, or an old CLI applied it. */
  readonly statements: readonly string[] | null;
}

export interface CatalogReading {
  readonly graph: SchemaGraph;
  /** For what is known from elsewhere: whose an object is, where it was made. */
  readonly builder: SchemaBuilder;
  /** server_version_num: 180004 is 18.4. */
  readonly serverVersion: number;
  /** The database's own word on what its API serves (PostgREST's pgrst.db_schemas). */
  readonly exposedSchemas: readonly string[] | undefined;
  /** Undefined where the Supabase CLI never ran, or was not asked for. */
  readonly applied: readonly AppliedMigration[] | undefined;
  /** What the role may not read, a sentence each. */
  readonly notChecked: readonly string[];
  /** Milliseconds in which there was nothing to do but to wait for the server. */
  readonly waited: number;
}

export interface CatalogOptions {
  readonly limits?: CatalogLimits;
  /** Read the history of the Supabase CLI as well. */
  readonly history?: boolean;
}

/**
 * Reads a database's catalog into a graph: one query for each kind, in one read-only snapshot that the server ends by itself. It
 * goes on with the next kind while one is read. Nothing is written; of tables that are no catalogs only storage.buckets and the
 * CLI's history are looked at. For PostgreSQL 13 to 18.
 */
export async function readCatalog(
  connection: CatalogConnection,
  { limits = CATALOG_LIMITS, history = false }: CatalogOptions = {},
): Promise<CatalogReading> {
  const started = performance.now();
  const { made, ...facts } = await inTransaction(
    connection,
    limits,
    async ({ serverVersion, first, runLast }) => {
      const optional = optionalTables((await first[0]) as readonly OptionalTable[], history);
      const queries = [...QUERIES, ...optional.readable];
      const rows = new CatalogRows(queries, runLast(queries.map((each) => versionedSql(each, serverVersion))));
      rows.waited = performance.now() - started;
      // Loaded when the server has something to do.
      const { CatalogGraph } = await import('./catalog-graph.ts');
      const made = new CatalogGraph();
      await made.read(rows);
      const [exposed] = await rows.take<{ readonly schemas: string }>('exposed-schemas');
      return {
        made,
        serverVersion,
        exposedSchemas: exposed && listedByComma(exposed.schemas),
        applied: rows.has('applied-migrations') ? await rows.take<AppliedMigration>('applied-migrations') : undefined,
        notChecked: optional.notChecked,
        waited: rows.waited,
      };
    },
    [versionedSql('optional-tables', ANY_VERSION)],
  );
  made.finish();
  return { ...facts, graph: made.graph, builder: made.builder };
}

/** What is asked before the version is known is the same for every version. */
const ANY_VERSION = 180_000;

interface OptionalTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly can_read: boolean;
}

/** Which of the tables that are no catalogs can be read, as names of queries, and what is said of the others. */
function optionalTables(there: readonly OptionalTable[], history: boolean) {
  const wanted = OPTIONAL.filter((each) => history || each.query !== 'applied-migrations').flatMap((each) => {
    const table = there.find(({ name }) => name === each.table);
    return table && each.needs.every((column) => table.columns.includes(column)) ? [{ ...each, ...table }] : [];
  });
  return {
    readable: wanted.filter((each) => each.can_read).map((each) => each.query),
    notChecked: wanted
      .filter((each) => !each.can_read)
      .map((each) => `${each.what}: the role may not read ${each.table}, or row security hides rows of it.`),
  };
}
