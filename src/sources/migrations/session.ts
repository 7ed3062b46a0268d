import type { EntityId } from '../../graph/entity-id.ts';
import type { Mark } from '../../graph/schema-builder.ts';

/** A transaction block the file opened, and the savepoints in it. */
export interface TransactionBlock {
  readonly begun: Mark;
  readonly savepoints: { readonly name: string; readonly mark: Mark }[];
}

/** What SET, SET ROLE and BEGIN change: the state of the connection that runs the file. */
export interface Session {
  /** search_path as schema names; `$user` is resolved by the lookup. pg_catalog is implied in front. */
  searchPath: readonly string[];
  /** The role whose defaults and ownership new objects get (current_user). */
  role: EntityId;
  transaction: TransactionBlock | null;
  /** SET check_function_bodies, lock_timeout … as far as a rule may ask; names in lower case. */
  readonly settings: Map<string, string>;
}
