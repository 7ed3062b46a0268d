import { fieldsOfStatement, type Statement } from '../journal.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { granteesOf } from './named-grants.ts';
import { isGrantedByHand } from './table-grants.ts';

/**
 * Does the history give clients each table that has policies by name, and the service role its tables too? That is needed where nobody is given new tables by
 * default privileges, as in a project of Supabase that exposes none by itself, and nowhere else.
 */
export function areTablesGrantedByHand(
  graph: SchemaGraph,
  statements: readonly Statement[],
  clientRoles: readonly string[],
): boolean {
  const tables = graph
    .ofKind('table')
    .filter((each) => isUsersOwn(graph, each) && graph.ownedBy(each.id, 'policy').length > 0);
  return (
    tables.length >= FEW &&
    statements.some(isForServiceRole) &&
    tables.every(({ name }) => isGrantedByHand(statements, name, clientRoles))
  );
}

/** Of fewer it is no habit. */
const FEW = 3;

function isForServiceRole(statement: Statement): boolean {
  const grant = fieldsOfStatement(statement, 'GrantStmt');
  return grant?.is_grant === true && grant.objtype === 'OBJECT_TABLE' && granteesOf(grant).includes('service_role');
}
