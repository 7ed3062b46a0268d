import type { Node } from '@pgsql/types';
import type { Migration } from '../../graph/journal.ts';
import type { ParsedStatement } from '../../sql/parse.ts';
import type { ReplayContext } from './context.ts';
import { fireEventTriggers } from './event-triggers.ts';
import type { Handler, NodeOf, StatementKind } from './handler.ts';
import { handlers } from './handlers.ts';
import { HistoryStatement } from './history-statement.ts';
import type { FilePart } from './included-parts.ts';
import { Refusal } from './refusal.ts';

/** Statements that touch no schema: read, counted, of no effect on the graph. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'AlterCollationStmt',
  'AlterExtensionStmt',
  'AlterFdwStmt',
  'AlterForeignServerStmt',
  'AlterObjectDependsStmt',
  'AlterOpFamilyStmt',
  'AlterOperatorStmt',
  'AlterStatsStmt',
  'AlterSubscriptionStmt',
  'AlterTSConfigurationStmt',
  'AlterTSDictionaryStmt',
  'AlterTypeStmt',
  'AlterUserMappingStmt',
  'CreateTransformStmt',
  'CreateUserMappingStmt',
  'DropUserMappingStmt',
  'ExplainStmt',
  'PrepareStmt',
  'ExecuteStmt',
  'DeallocateStmt',
  'DeclareCursorStmt',
  'FetchStmt',
  'ClosePortalStmt',
  'LockStmt',
  'VacuumStmt',
  'ReindexStmt',
  'ClusterStmt',
  'CheckPointStmt',
  'NotifyStmt',
  'ListenStmt',
  'UnlistenStmt',
  'LoadStmt',
  'ConstraintsSetStmt',
  'VariableShowStmt',
  'AlterSystemStmt',
  'CreatedbStmt',
  'DropdbStmt',
  'AlterDatabaseStmt',
  'AlterDatabaseSetStmt',
  'AlterDatabaseRefreshCollStmt',
  'AlterTableMoveAllStmt',
  'AlterTableSpaceOptionsStmt',
  'SecLabelStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
]);

/** Folds the statements of a file, in order. Each is all or nothing, as in Postgres. */
export function replayPart(
  { file, text, from, to, reading }: FilePart,
  migration: Migration,
  context: ReplayContext,
  counter: { next: number },
): void {
  let read = from;
  for (const parsed of reading.statements) {
    context.filled.note(text.slice(read, parsed.at.start));
    const { node, kind } = parsed;
    const inTransactionBlock = context.session.transaction !== null;
    const statement = new HistoryStatement(parsed, text, { index: counter.next++, migration, inTransactionBlock });
    context.statements.push(statement);
    context.runAs({ statement, writer: statement, text, file }, () => runStatement(node, kind, context));
    statement.release();
    context.filled.note(text.slice(parsed.at.start, parsed.at.end));
    read = parsed.at.end;
  }
  context.filled.note(text.slice(read, to));
}

/** The platform's own set-up: the same fold, but written by the platform and with no journal. */
export function replayPlatform(
  statements: readonly ParsedStatement[],
  text: string,
  file: string,
  context: ReplayContext,
): void {
  context.runAs({ statement: null, writer: 'platform', text, file }, () => {
    for (const parsed of statements) runStatement(parsed.node, parsed.kind, context);
  });
}

/** Runs one statement; false where Postgres would raise an error and it had no effect. */
export function runStatement(node: Node, kind: string, context: ReplayContext): boolean {
  const mark = context.builder.mark();
  const rows = context.listed.mark();
  try {
    runOrThrow(node, kind, context);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What was missing before that was Postgres' first error, and the refusal may only come from what was assumed in its place.
    const before = context.builder.since(mark).flatMap((change) => (change.type === 'failed' ? [change.problem] : []));
    context.builder.undoTo(mark);
    context.listed.undoTo(rows);
    const isColumn = error.problem.type === 'unknownObject' && error.problem.objectKind === 'column';
    for (const problem of before) context.fail(problem);
    if (before.length === 0 || isColumn) context.fail(error.problem, isColumn);
    if (error.kept.length > 0) {
      const what = 'Postgres refuses to drop it here; where the migration passed all the same, it is gone.';
      const reach = { entities: error.kept };
      context.builder.doubt({ what, at: error.problem.at, aspects: 'anything', reach, onlyDrops: true });
    }
    return false;
  }
}

/** Runs one statement. @throws Refusal where Postgres would raise an error; what it did until then is for the caller to undo. */
export function runOrThrow(node: Node, kind: string, context: ReplayContext): void {
  const handler = handlers[kind as StatementKind] as Handler<StatementKind> | undefined;
  if (handler === undefined) {
    if (!WITHOUT_EFFECT.has(kind)) {
      context.notUnderstood(`${kind} statements are not modelled.`, undefined, { aspects: 'anything', reach: 'any' });
    }
    return;
  }
  const inner = (node as unknown as Record<string, NodeOf<StatementKind>>)[kind];
  if (inner === undefined) return;
  const mark = context.builder.mark();
  context.listed.beforeStatement(node, context);
  handler(inner, context);
  fireEventTriggers(node, mark, context);
}
