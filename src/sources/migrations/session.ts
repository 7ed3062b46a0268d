import type { EntityId } from '../../graph/entity-id.ts';
import type { Mark } from '../../graph/schema-builder.ts';

/** What SET changes. */
export interface SessionState {
  /** search_path as schema names; `$user` is resolved by the lookup. pg_catalog is implied in front. */
  readonly searchPath: readonly string[];
  /** The role whose defaults and ownership new objects get (current_user). */
  readonly role: EntityId;
  /** Who SET ROLE NONE goes back to (session_user). */
  readonly user: EntityId;
  /** SET check_function_bodies, lock_timeout … as far as a rule may ask; names in lower case. */
  readonly settings: ReadonlyMap<string, string>;
}

/** A transaction block the file opened, and the savepoints in it. */
export interface TransactionBlock {
  readonly begun: Mark;
  /** What ROLLBACK brings back. */
  readonly before: SessionState;
  /** What COMMIT leaves: without what SET LOCAL set. */
  kept: SessionState;
  readonly savepoints: {
    readonly name: string;
    readonly mark: Mark;
    readonly state: SessionState;
    readonly kept: SessionState;
  }[];
}

/** The state of the connection that runs the file. */
export interface Session {
  searchPath: readonly string[];
  role: EntityId;
  user: EntityId;
  readonly settings: Map<string, string>;
  transaction: TransactionBlock | null;
  /** What RESET and SET … TO DEFAULT bring back. */
  defaults: Pick<SessionState, 'searchPath' | 'user'>;
}

export function stateOf(session: Session): SessionState {
  const { searchPath, role, user } = session;
  return { searchPath, role, user, settings: new Map(session.settings) };
}

export function restore(session: Session, state: SessionState): void {
  session.searchPath = state.searchPath;
  session.role = state.role;
  session.user = state.user;
  session.settings.clear();
  for (const [name, value] of state.settings) session.settings.set(name, value);
}
