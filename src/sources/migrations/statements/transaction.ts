import type { TransactionStmt } from '@pgsql/types';
import type { ReplayContext } from '../context.ts';
import { restore, stateOf } from '../session.ts';

/**
 * BEGIN, COMMIT, ROLLBACK and savepoints. That a failed statement aborts the rest of its transaction is left out on purpose:
 * a history with one broken statement is still worth reading.
 */
export function transaction(stmt: TransactionStmt, context: ReplayContext): void {
  switch (stmt.kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      begin(context);
      return;
    case 'TRANS_STMT_COMMIT':
    case 'TRANS_STMT_PREPARE':
      commit(stmt.chain === true, context);
      return;
    case 'TRANS_STMT_ROLLBACK':
      rollback(stmt.chain === true, context);
      return;
    case 'TRANS_STMT_SAVEPOINT':
      savepoint(stmt.savepoint_name ?? '', context);
      return;
    case 'TRANS_STMT_RELEASE':
      release(stmt.savepoint_name ?? '', context);
      return;
    case 'TRANS_STMT_ROLLBACK_TO':
      rollbackTo(stmt.savepoint_name ?? '', context);
      return;
    default:
      // COMMIT PREPARED and ROLLBACK PREPARED concern a transaction that another session prepared.
      return;
  }
}

/** A second BEGIN is a warning and does nothing. */
function begin({ session, builder }: ReplayContext): void {
  if (session.transaction !== null) return;
  const state = stateOf(session);
  session.transaction = { begun: builder.mark(), before: state, kept: state, savepoints: [] };
}

function commit(andChain: boolean, context: ReplayContext): void {
  const { session } = context;
  if (session.transaction === null) return;
  restore(session, session.transaction.kept);
  session.transaction = null;
  if (andChain) begin(context);
}

function rollback(andChain: boolean, context: ReplayContext): void {
  const { session, builder, listed } = context;
  if (session.transaction === null) return;
  builder.undoTo(session.transaction.begun);
  listed.forgetAll();
  restore(session, session.transaction.before);
  session.transaction = null;
  if (andChain) begin(context);
}

function savepoint(name: string, { session, builder }: ReplayContext): void {
  const { transaction: block } = session;
  block?.savepoints.push({ name, mark: builder.mark(), state: stateOf(session), kept: block.kept });
}

function release(name: string, context: ReplayContext): void {
  const savepoints = context.session.transaction?.savepoints;
  const at = savepoints?.findLastIndex((each) => each.name === name) ?? -1;
  if (at !== -1) savepoints?.splice(at);
}

/** The savepoint itself stays; those after it are gone. */
function rollbackTo(name: string, { session, builder, listed }: ReplayContext): void {
  const block = session.transaction;
  const at = block?.savepoints.findLastIndex((each) => each.name === name) ?? -1;
  const target = block?.savepoints[at];
  if (!block || !target) return;
  builder.undoTo(target.mark);
  listed.forgetAll();
  restore(session, target.state);
  block.kept = target.kept;
  block.savepoints.splice(at + 1);
}
