import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditReport } from '../audit/report.ts';
import type { Fix } from '../rule/finding.ts';
import { splitSql } from '../sql/split.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import type { Fixture } from './fixture.ts';
import { readMarkers } from './markers.ts';

/** What cannot be undone by a surrounding transaction, or may not run in one: such a fixture gets a database of its own. */
const NEEDS_OWN =
  /\b(?:concurrently|commit|rollback|begin\s*;|begin\s+transaction|start\s+transaction|vacuum|add\s+value)\b/i;

/** Real Postgres for fixtures. One database serves all that can be rolled back; it is made when first asked for. */
export class FixtureDatabases {
  readonly #shared = new Map<string, Promise<EmbeddedPostgres>>();

  /** Runs `work` in a transaction that is rolled back. */
  async rolledBack<T>({ config }: Fixture, work: (database: EmbeddedPostgres) => Promise<T>): Promise<T> {
    const { platform = 'supabase', exposure = 'legacy' } = config;
    const key = `${platform} ${exposure}`;
    const started = this.#shared.get(key) ?? startEmbeddedPostgres({ platform, exposure });
    this.#shared.set(key, started);
    const database = await started;
    await database.exec('begin');
    try {
      return await work(database);
    } finally {
      await database.exec('rollback');
    }
  }

  async ownDatabase<T>({ config }: Fixture, work: (database: EmbeddedPostgres) => Promise<T>): Promise<T> {
    const { platform = 'supabase', exposure = 'legacy' } = config;
    const database = await startEmbeddedPostgres({ platform, exposure });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  async close(): Promise<void> {
    for (const started of this.#shared.values()) await (await started).close();
    this.#shared.clear();
  }
}

/**
 * Runs the fixture on real Postgres, and after it each fix that the report gives; says in a sentence each what Postgres refuses.
 * Files marked `-- does-not-run: reason` must be refused, and their fixes are not tried.
 */
export async function checkOnPostgres(
  fixture: Fixture,
  report: AuditReport,
  databases: FixtureDatabases,
): Promise<readonly string[]> {
  const texts = fixture.files.map((file) => ({ file, text: readFileSync(join(fixture.folder, file), 'utf8') }));
  const fixes = report.findings.flatMap(({ fix, message }) => (fix ? [{ fix, message }] : []));
  const needsOwn = [...texts.map((each) => each.text), ...fixes.map((each) => each.fix.sql)].some((sql) =>
    NEEDS_OWN.test(sql),
  );
  const work = async (database: EmbeddedPostgres): Promise<readonly string[]> => {
    for (const { file, text } of texts) {
      const refusal = await refusalOf(() => runScript(database, text, needsOwn));
      const { doesNotRun } = readMarkers(text);
      if (refusal !== undefined && !doesNotRun) return [`${fixture.name}: Postgres refuses ${file}: ${refusal}`];
      if (refusal === undefined && doesNotRun) return [`${fixture.name}: ${file} is marked does-not-run, but runs`];
      if (doesNotRun) return [];
    }
    const problems: string[] = [];
    for (const { fix, message } of fixes) {
      const refusal = await refusalOf(() => tryFix(database, fix, needsOwn));
      if (refusal !== undefined) problems.push(`${fixture.name}: Postgres refuses the fix of "${message}": ${refusal}`);
    }
    return problems;
  };
  return needsOwn ? databases.ownDatabase(fixture, work) : databases.rolledBack(fixture, work);
}

async function tryFix(database: EmbeddedPostgres, fix: Fix, alone: boolean): Promise<void> {
  if (alone) return runScript(database, fix.sql, true);
  await database.exec('savepoint fix');
  try {
    await database.exec(fix.sql);
  } finally {
    await database.exec('rollback to savepoint fix');
  }
}

/** As one message, which is one transaction; with `CONCURRENTLY` and its like each statement alone. */
async function runScript(database: EmbeddedPostgres, text: string, alone: boolean): Promise<void> {
  if (!alone) return database.exec(text);
  for (const piece of splitSql(text)) await database.exec(text.slice(piece.start, piece.end));
}

async function refusalOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
