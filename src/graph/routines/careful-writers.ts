import type { EntityOf } from '../entities/index.ts';
import { openTo } from '../policies/policy-audience.ts';
import { admitsNothing } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import { admittedClients } from '../privileges/admitted-clients.ts';
import { mayAnyColumn } from '../privileges/privilege-questions.ts';
import { isCounting } from '../query-shapes/counting-writes.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/**
 * Do only functions of the schema change rows of the table, and each of them sets the column, but for those that count who reads them? So where they
 * delete the row and insert it anew, or nobody changes one.
 */
export function areAllWritersCareful(
  graph: SchemaGraph,
  table: Table,
  column: Column,
  clientRoles: readonly string[],
): boolean {
  const writes = writesTo(graph, table.id);
  const updates = writes.flatMap(({ write }) =>
    write.kind === 'update' ? [write.sets] : write.onConflict?.action === 'update' ? [write.onConflict.sets] : [],
  );
  const isForFunctions = () => admittedClients(graph, table, clientRoles, ['update']).length === 0;
  if (updates.length === 0) return isForFunctions() && (isKeptFromService(graph, table) || isMadeAnew(writes, column));
  const careful = updates.filter((sets) => sets.some((each) => each.column === column.id));
  if (careful.length === 0 || !updates.every((sets) => careful.includes(sets) || isCounting(sets))) return false;
  return isForFunctions() || isOpenToAll(graph, table, clientRoles);
}

/** May not even the service key change its rows? */
function isKeptFromService(graph: SchemaGraph, table: Table): boolean {
  const service = graph.global('role', 'service_role');
  return service !== undefined && graph.isKnown(table, 'acl') && !mayAnyColumn(graph, service.id, table, 'w');
}

/** A function deletes rows and inserts them again with their time, as into an index for searching. */
function isMadeAnew(writes: ReturnType<typeof writesTo>, column: Column): boolean {
  const inserts = writes.filter(({ write }) => write.kind === 'insert');
  const isTimed = inserts.every(({ write }) => write.sets.some((each) => each.column === column.id));
  return (
    isTimed &&
    inserts.some(({ holder }) => writes.some((each) => each.holder === holder && each.write.kind === 'delete'))
  );
}

/**
 * Are clients let in by policies alone that let everybody change every row, signed in or not? That is told by itself (write-policy-always-true), and was not meant
 * for clients where functions do all the work.
 */
function isOpenToAll(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): boolean {
  if (!table.rowSecurity) return false;
  const clients = admittedClients(graph, table, clientRoles, ['update']);
  return clients.every(({ role }) =>
    policiesFor(graph, table, 'update', role)
      .filter((each) => each.isPermissive && !admitsNothing(each, 'update'))
      .every((each) => openTo(graph, each, ['update'], clientRoles).some(({ name }) => name === 'anon')),
  );
}
