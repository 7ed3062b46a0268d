import type { EntityOf } from '../entities/index.ts';
import type { History, Statement } from '../journal.ts';
import { mayMeetRows } from '../policies/policy-audience.ts';
import { type ClientAccess, clientAccess, clientGrantees, LETTERS } from '../privileges/client-access.ts';
import { mayTable } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { bornBy } from './born-in.ts';
import { columnsOf, grantsOn, isOfWhole } from './table-grants.ts';
import { COLUMN_COMMANDS, type ColumnCommand, voidColumnGrants } from './void-column-grants.ts';

type Table = EntityOf<'table'>;

/** A privilege taken from a role on some columns that it holds on the whole table, and so on them all the same. */
export interface VoidColumnRevoke {
  readonly command: ColumnCommand;
  readonly access: ClientAccess;
  readonly revoked: readonly EntityOf<'column'>[];
  /** The last of them. */
  readonly by: Statement;
  /** The role holds the privilege itself, not through PUBLIC or another role. */
  readonly isOwn: boolean;
}

/**
 * `if a role has been granted privileges on a table, then revoking the same privileges from individual columns will have no effect` (docs,
 * REVOKE). Those by which a client may do something to a row today. Not where the history took the whole table from the role before, so that the
 * REVOKE did something then, nor where a GRANT behind it gives the role the whole table by name; nor what is told of as a void GRANT.
 */
export function voidColumnRevokes(
  graph: SchemaGraph,
  table: Table,
  { statements, journal }: History,
  clientRoles: readonly string[],
): readonly VoidColumnRevoke[] {
  const born = bornBy(journal, table.id)?.index ?? -1;
  const grants = grantsOn(statements, table.name).filter(({ statement }) => statement.index >= born);
  if (grants.every(({ isGrant }) => isGrant)) return [];
  const told = voidColumnGrants(graph, table, statements, clientRoles);
  return clientAccess(graph, table, clientRoles).flatMap((access) =>
    COLUMN_COMMANDS.flatMap((command): readonly VoidColumnRevoke[] => {
      if (told.some((each) => each.command === command && each.access.name === access.name)) return [];
      const letter = LETTERS.get(command) ?? '';
      if (!mayTable(graph, access.role, table, letter) || !mayMeetRows(graph, table, command, access)) return [];
      const open = openRevokes(access.name, command);
      const revoked = graph.columns(table.id).filter(({ name }) => open.has(name));
      const by = revoked.flatMap(({ name }) => open.get(name) ?? []).sort((a, b) => b.index - a.index)[0];
      if (by === undefined) return [];
      const holding = table.acl.filter(({ privileges }) => privileges.includes(letter));
      const isOwn = clientGrantees(graph, holding, [access.name]).every((each) => each === access.name);
      return [{ command, access, revoked, by, isOwn }];
    }),
  );

  /** The columns on which the privilege was taken last, while the role held it on the whole table. */
  function openRevokes(role: string, command: ColumnCommand): ReadonlyMap<string, Statement> {
    const open = new Map<string, Statement>();
    let isHeld = true;
    for (const each of grants) {
      if (!each.roles.includes(role)) continue;
      if (isOfWhole(each, command)) {
        isHeld = each.isGrant;
        open.clear();
      }
      for (const column of columnsOf(each, command)) {
        if (each.isGrant || !isHeld) open.delete(column);
        else open.set(column, each.statement);
      }
    }
    return isHeld ? open : new Map();
  }
}
