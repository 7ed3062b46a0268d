// Runs a folder's migrations in embedded Postgres and through the replay, and prints where the two disagree.
import { parseArgs } from 'node:util';
import { SourceError } from '../src/errors.ts';
import type { GraphDifference } from '../src/graph/difference/graph-difference.ts';
import type { Problem } from '../src/graph/journal.ts';
import { discover } from '../src/sources/migrations/discovery/discover.ts';
import { LineIndex } from '../src/sql/line-index.ts';
import { loadParser } from '../src/sql/parse.ts';
import { parityOf, parityText } from '../src/testing/compare-graphs.ts';
import { startEmbeddedPostgres } from '../src/testing/embedded-postgres.ts';
import type { RefusedStatement } from '../src/testing/run-history.ts';

const USAGE = 'npm run parity -- PATH… [--platform supabase|postgres] [--exposure legacy|explicit-grants] [--continue]';

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof SourceError)) throw error;
  console.error(error.message);
  return 2;
});

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { platform: { type: 'string' }, exposure: { type: 'string' }, continue: { type: 'boolean' } },
  });
  if (positionals.length === 0) throw new SourceError(USAGE);
  const found = discover({
    paths: positionals,
    cwd: process.cwd(),
    platform: oneOf(values.platform, ['supabase', 'postgres', 'auto'] as const),
    exposure: oneOf(values.exposure, ['legacy', 'explicit-grants', 'auto'] as const),
  });
  await loadParser();
  const database = await startEmbeddedPostgres({ platform: found.platform, exposure: found.exposure });
  const { run, replayed, catalog, differences } = await parityOf(database, found);
  await database.close();
  const refused = [...run.refused, ...run.rejected].map((each) => refusedText(each, replayed.texts));
  print(`${run.statements} statements on ${found.platform}, ${refused.length} refused by the server`, refused);
  if (refused.length > 0 && values.continue !== true) {
    console.log('\nNot compared. With --continue the history is compared without the refused statements.');
    return 1;
  }
  const notUnderstood = replayed.notUnderstood.map(({ what, at }) => `${place(at, replayed.texts)}: ${what}`);
  print(`${notUnderstood.length} not understood by the replay`, notUnderstood);
  const problems = replayed.journal.flatMap((change) =>
    change.type === 'failed' ? [`${place(change.problem.at, replayed.texts)}: ${problemText(change.problem)}`] : [],
  );
  print(`${problems.length} refused by the replay alone`, problems);
  print(`${[...catalog.graph.all()].length} objects on the server, ${differences.length} differences`, []);
  for (const [cause, members] of byCause(differences)) print(`${members.length} × ${cause}`, members.map(parityText));
  return differences.length + problems.length === 0 ? 0 : 1;
}

/** Differences of one kind of fact mostly have one cause. */
function byCause(differences: readonly GraphDifference[]): ReadonlyMap<string, readonly GraphDifference[]> {
  const groups = new Map<string, GraphDifference[]>();
  for (const each of differences) {
    const side = each.left === null ? 'only on the server' : 'only in the replay';
    const cause = `${each.kind} ${each.fact ?? side}`;
    groups.set(cause, [...(groups.get(cause) ?? []), each]);
  }
  return groups;
}

function print(title: string, lines: readonly string[]): void {
  console.log(`\n${title}`);
  for (const line of lines) console.log(`  ${line}`);
}

function problemText(problem: Problem): string {
  if (problem.type === 'unknownObject') return `unknown ${problem.objectKind} ${problem.name}`;
  if (problem.type === 'missingExtension') return `${problem.needed} needs extension ${problem.extension}`;
  return problem.type === 'refused' ? problem.message : `there is a ${problem.existing.kind} of that name`;
}

function refusedText({ at, sql, message }: RefusedStatement, texts: ReadonlyMap<string, string>): string {
  return `${place(at, texts)}: ${message} — ${sql.replace(/\s+/g, ' ').slice(0, 100)}`;
}

function place(
  { file, start }: { readonly file: string; readonly start: number },
  texts: ReadonlyMap<string, string>,
): string {
  const { line, column } = new LineIndex(texts.get(file) ?? '').at(start);
  return `${file}:${line}:${column}`;
}

function oneOf<T extends string>(value: string | undefined, allowed: readonly T[]): T | 'auto' {
  if (value === undefined) return 'auto';
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new SourceError(`${value} is none of ${allowed.join(', ')}. ${USAGE}`);
  return found;
}
