import {
  bodyStatements,
  type ConcurrentStatement,
  concurrentStatement,
  defineRule,
  fileName,
  mayBeConcurrent,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'concurrently-in-transaction',
    category: 'migration',
    severity: 'critical',
    summary:
      'A statement with CONCURRENTLY stands in a transaction, a DO block or a function, where Postgres refuses it.',
    why: 'It commits halfway to let other sessions go on, which it cannot do inside somebody else’s transaction: Postgres raises 25001, the migration fails, and the index or partition stays as it was.',
    remedy:
      'Put the statement alone into a migration that runs outside a transaction: no BEGIN around it, and the tool’s own switch where it has one (-- +goose NO TRANSACTION, transaction:false for dbmate, a file of one statement for golang-migrate and diesel, whose metadata.toml then says run_in_transaction = false). A new table needs no CONCURRENTLY. Supabase: the newest CLI runs CREATE INDEX, DROP INDEX and REINDEX CONCURRENTLY by themselves; name an older one in supabaseCliVersion.',
    messages: {
      block: '{{statement}} stands between BEGIN and COMMIT of {{file}}: Postgres refuses it there.',
      doBlock: '{{statement}} stands in a DO block of {{file}}: Postgres refuses it there.',
      routine: '{{statement}} stands in the body of {{routine}}: Postgres refuses it each time the routine runs.',
      tool: '{{statement}} of {{file}} cannot run: {{reason}}.',
    },
    needs: ['history'],
    restsOn: [],
    equivalents: ['squawk:ban-concurrent-index-creation-in-transaction'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
      'https://github.com/supabase/cli/pull/6276',
    ],
    optionDocs: {
      supabaseCliVersion:
        'The Supabase CLI that applies the files, as 2.109.0; empty for the newest. Before 2.109.0 no CONCURRENTLY runs, up to 2.111.0 no DROP INDEX CONCURRENTLY.',
    },
  },
  defaults: { supabaseCliVersion: '' },
  visit: {
    statement(statement, { migrations, statements, texts, settings, options, report }) {
      const found = mayBeConcurrent(statement.kind) ? concurrentStatement(statement.node) : undefined;
      if (found === undefined) return;
      const { at, migration } = statement;
      const about = { object: { kind: 'migration', name: migration.file }, at, discriminator: String(at.start) };
      const data = { statement: found, file: fileName(at) };
      if (statement.within !== null) report({ ...about, message: 'doBlock', data });
      else if (statement.inTransactionBlock) report({ ...about, message: 'block', data });
      else {
        const reason = reasonOf(found);
        if (reason !== undefined) report({ ...about, message: 'tool', data: { ...data, reason } });
      }

      /** Why the tool has a transaction open here. */
      function reasonOf(concurrent: ConcurrentStatement): string | undefined {
        const text = texts.get(migration.file) ?? '';
        const isAlone = () =>
          statements.filter((each) => each.migration === migration && each.within === null).length === 1;
        switch (settings.migrationTool) {
          case 'supabase':
            return supabaseReason(concurrent, options.supabaseCliVersion);
          // Neither does diesel's run_in_transaction = false help: the file is one message, and so one transaction. How Prisma sends
          // a file differs between its versions, and Flyway takes such files out of transactions by itself.
          case 'diesel or Hasura':
            return isAlone() ||
              statements.some((each) => each.migration === migration && each.kind === 'TransactionStmt')
              ? undefined
              : 'diesel and Hasura send a file of several statements as one transaction';
          case 'drizzle':
            return 'drizzle runs all pending migrations in one transaction';
          case 'plain':
            if (/^-- ?\+goose up\b/im.test(text))
              return /^-- ?\+goose no transaction\b/im.test(text)
                ? undefined
                : 'goose runs the file in a transaction, unless it says -- +goose NO TRANSACTION';
            if (/^-- ?migrate:up\b/im.test(text))
              return /^-- ?migrate:up\b.*\btransaction:false\b/im.test(text)
                ? undefined
                : 'dbmate runs the file in a transaction, unless its first line says transaction:false';
            if (migration.file.endsWith('.up.sql') && migrations.some((each) => each.hasDown))
              return /^-- ?no-transaction\b/i.test(text) || isAlone()
                ? undefined
                : 'a file of several statements is sent as one transaction';
            return undefined;
          default:
            return undefined;
        }
      }
    },
    function(routine, { graph, report }) {
      for (const { tree, at } of bodyStatements(routine)) {
        const found = concurrentStatement(tree);
        if (found === undefined) continue;
        report({
          entity: routine,
          ...(at === undefined || at.file === '' ? {} : { origin: { from: 'statement', at } }),
          message: 'routine',
          data: { statement: found, routine: graph.path(routine) },
          discriminator: found,
        });
      }
    },
  },
});

/** supabase/cli: 2.109.0 runs CREATE INDEX and REINDEX CONCURRENTLY by themselves (#5671), a later one DROP INDEX too (#6276). */
function supabaseReason(statement: ConcurrentStatement, version: string): string | undefined {
  const pipeline = 'the Supabase CLI sends the statements of a file as one transaction';
  if (statement === 'DETACH PARTITION CONCURRENTLY') return pipeline;
  if (version === '') return undefined;
  if (isBefore(version, [2, 109, 0])) return `${pipeline} before version 2.109.0`;
  if (statement === 'DROP INDEX CONCURRENTLY' && isBefore(version, [2, 111, 1]))
    return `${pipeline} up to version 2.111.0`;
  return undefined;
}

function isBefore(version: string, than: readonly [number, number, number]): boolean {
  const parts = version.replace(/^v/, '').split('.').map(Number);
  for (const [at, limit] of than.entries()) {
    const part = parts[at] ?? 0;
    if (part !== limit) return part < limit;
  }
  return false;
}
