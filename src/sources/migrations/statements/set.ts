import type { DiscardStmt, VariableSetStmt } from '@pgsql/types';
import type { ReplayContext } from '../context.ts';
import { restore, type SessionState, stateOf } from '../session.ts';
import { settingValue, settingWords } from '../setting-value.ts';

/** SET, SET LOCAL and RESET. */
export function set(stmt: VariableSetStmt, context: ReplayContext): void {
  const name = (stmt.name ?? '').toLowerCase();
  const isLocal = stmt.is_local === true;
  if (stmt.kind === 'VAR_RESET_ALL') apply(context, isLocal, (state) => resetAll(state, context));
  else if (stmt.kind === 'VAR_SET_VALUE') setParameter(name, settingWords(stmt), isLocal, context);
  else if (stmt.kind === 'VAR_SET_DEFAULT' || stmt.kind === 'VAR_RESET') resetParameter(name, isLocal, context);
}

/** Sets one parameter, as SET and set_config() do. */
export function setParameter(name: string, words: readonly string[], isLocal: boolean, context: ReplayContext): void {
  const [word = 'none'] = words;
  if (name === 'role') {
    const role = word === 'none' ? undefined : context.role(word).id;
    apply(context, isLocal, (state) => ({ ...state, role: role ?? state.user }));
    return;
  }
  if (name === 'session_authorization') {
    const user = context.role(word).id;
    apply(context, isLocal, (state) => ({ ...state, role: user, user }));
    return;
  }
  const value = settingValue(name, words);
  apply(context, isLocal, (state) => ({
    ...state,
    searchPath: name === 'search_path' ? words.filter((word) => word !== '') : state.searchPath,
    settings: new Map(state.settings).set(name, value),
  }));
}

function resetParameter(name: string, isLocal: boolean, context: ReplayContext): void {
  const { defaults } = context.session;
  if (name === 'role') {
    apply(context, isLocal, (state) => ({ ...state, role: state.user }));
    return;
  }
  if (name === 'session_authorization') {
    apply(context, isLocal, (state) => ({ ...state, role: defaults.user, user: defaults.user }));
    return;
  }
  apply(context, isLocal, (state) => ({
    ...state,
    searchPath: name === 'search_path' ? defaults.searchPath : state.searchPath,
    settings: new Map([...state.settings].filter(([each]) => each !== name)),
  }));
}

/** The role is not reset by RESET ALL (docs, RESET). */
function resetAll(state: SessionState, context: ReplayContext): SessionState {
  return { ...state, searchPath: context.session.defaults.searchPath, settings: new Map() };
}

/** DISCARD ALL also goes back to the session's own role; it is refused inside a transaction. */
export function discard(stmt: DiscardStmt, context: ReplayContext): void {
  if (stmt.target !== 'DISCARD_ALL') return;
  const { user } = context.session.defaults;
  apply(context, false, (state) => ({ ...resetAll(state, context), role: user, user }));
}

/** What SET LOCAL sets ends with the transaction: COMMIT goes back to the other values. */
function apply(context: ReplayContext, isLocal: boolean, change: (state: SessionState) => SessionState): void {
  const { session } = context;
  restore(session, change(stateOf(session)));
  if (session.transaction !== null && !isLocal) session.transaction.kept = change(session.transaction.kept);
}
