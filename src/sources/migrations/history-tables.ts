/** The tables in which migration tools keep what has run (docs of each tool): the tool makes them before the first file. */
const HISTORY_TABLES: ReadonlySet<string> = new Set([
  '__diesel_schema_migrations',
  '__drizzle_migrations',
  '_prisma_migrations',
  '_sqlx_migrations',
  'alembic_version',
  'ar_internal_metadata',
  'databasechangelog',
  'databasechangeloglock',
  'flyway_schema_history',
  'goose_db_version',
  'knex_migrations',
  'knex_migrations_lock',
  'pgmigrations',
  'schema_migrations',
  'SequelizeMeta',
]);

/** Is this a migration tool's own table: there, though no file creates it. */
export function isHistoryTable(name: string): boolean {
  return HISTORY_TABLES.has(name);
}
