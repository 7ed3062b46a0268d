import type { EntityOf } from '../entities/index.ts';
import type { Statement } from '../journal.ts';
import { mayMeetRows } from '../policies/policy-audience.ts';
import type { RowCommand } from '../policies/row-security.ts';
import { type ClientAccess, clientAccess, LETTERS } from '../privileges/client-access.ts';
import { mayTable } from '../privileges/privilege-questions.ts';
import type { Acl, Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { grantsOn, isOfWhole } from './table-grants.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A privilege granted on some columns to a role that holds it on the whole table already, as default privileges gave it. */
export interface VoidColumnGrant {
  readonly command: ColumnCommand;
  readonly access: ClientAccess;
  readonly granted: readonly Column[];
  /** The columns that were left out, and may be used all the same. */
  readonly left: readonly Column[];
}

/** What is granted on columns. */
export type ColumnCommand = Exclude<RowCommand, 'delete'>;
export const COLUMN_COMMANDS: readonly ColumnCommand[] = ['select', 'insert', 'update'];

/**
 * Those by which a client may do something to a row. Not where a GRANT of the history gives the role the whole table by its name: then that is what
 * is meant.
 */
export function voidColumnGrants(
  graph: SchemaGraph,
  table: Table,
  statements: readonly Statement[],
  clientRoles: readonly string[],
): readonly VoidColumnGrant[] {
  const columns = graph.columns(table.id);
  if (columns.every((each) => each.acl.length === 0)) return [];
  return clientAccess(graph, table, clientRoles).flatMap((access) =>
    COLUMN_COMMANDS.flatMap((command): readonly VoidColumnGrant[] => {
      const letter = LETTERS.get(command) ?? '';
      const granted = columns.filter((each) => holds(each.acl, access.role, letter));
      if (granted.length === 0 || granted.length === columns.length) return [];
      if (!mayTable(graph, access.role, table, letter) || !mayMeetRows(graph, table, command, access)) return [];
      if (isGrantedByName(statements, table, access.name, command)) return [];
      return [{ command, access, granted, left: columns.filter((each) => !granted.includes(each)) }];
    }),
  );
}

function holds(acl: Acl, role: Grantee, letter: string): boolean {
  return acl.some(({ grantee, privileges }) => grantee === role && privileges.includes(letter));
}

function isGrantedByName(statements: readonly Statement[], { name }: Table, role: string, command: string): boolean {
  return grantsOn(statements, name).some(
    (each) => each.isGrant && each.roles.includes(role) && isOfWhole(each, command),
  );
}
