import { asksOnlyHowSignedIn } from '../caller/sign-in-strength.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { decidingClause, restricts } from './policy-clauses.ts';
import { policiesFor, type RowCommand } from './row-security.ts';

/** Does a restrictive policy say whose or which rows the command may be about? One for a second factor alone does not. */
export function areRowsHeld(graph: SchemaGraph, table: EntityOf<'table'>, command: RowCommand, role: Grantee): boolean {
  return policiesFor(graph, table, command, role).some((each) => {
    const clause = restricts(each, command) ? decidingClause(each, command) : null;
    return clause !== null && !asksOnlyHowSignedIn(graph, clause);
  });
}
