import { fieldsOf } from '../../sql/nodes.ts';
import { type ClientAccess, clientAccess, LETTERS } from '../client-access.ts';
import type { EntityOf } from '../entities/index.ts';
import { addTo } from '../grouping.ts';
import { fieldsOfStatement, type Statement } from '../journal.ts';
import { mayMeetRows } from '../policies/policy-audience.ts';
import type { RowCommand } from '../policies/row-security.ts';
import { mayTable } from '../privilege-questions.ts';
import type { Acl, Grantee } from '../privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { granteesOf } from './named-grants.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A privilege granted on some columns to a role that holds it on the whole table already, as default privileges gave it. */
export interface VoidColumnGrant {
  readonly command: Exclude<RowCommand, 'delete'>;
  readonly access: ClientAccess;
  readonly granted: readonly Column[];
  /** The columns that were left out, and may be used all the same. */
  readonly left: readonly Column[];
}

const COMMANDS = ['select', 'insert', 'update'] as const;

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
    COMMANDS.flatMap((command): readonly VoidColumnGrant[] => {
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

interface WholeGrant {
  readonly schema: string | undefined;
  readonly roles: readonly string[];
  /** In lower case; none for ALL. */
  readonly privileges: readonly string[];
}

const grantsByTable = new WeakMap<readonly Statement[], ReadonlyMap<string, readonly WholeGrant[]>>();

function isGrantedByName(statements: readonly Statement[], { name }: Table, role: string, command: string): boolean {
  return (wholeGrants(statements).get(name.name) ?? []).some(
    ({ schema, roles, privileges }) =>
      (schema ?? 'public') === name.schema &&
      roles.includes(role) &&
      (privileges.length === 0 || privileges.includes(command)),
  );
}

/** The grants on whole tables, by the tables' names. */
function wholeGrants(statements: readonly Statement[]): ReadonlyMap<string, readonly WholeGrant[]> {
  const known = grantsByTable.get(statements);
  if (known !== undefined) return known;
  const made = new Map<string, WholeGrant[]>();
  for (const statement of statements) {
    const grant = fieldsOfStatement(statement, 'GrantStmt');
    if (grant?.is_grant !== true || grant.targtype !== 'ACL_TARGET_OBJECT' || grant.objtype !== 'OBJECT_TABLE')
      continue;
    const privileges = (grant.privileges ?? []).flatMap((each) => {
      const { priv_name, cols } = fieldsOf(each, 'AccessPriv') ?? {};
      return priv_name === undefined || (cols ?? []).length > 0 ? [] : [priv_name.toLowerCase()];
    });
    if ((grant.privileges ?? []).length > 0 && privileges.length === 0) continue;
    const roles = granteesOf(grant);
    for (const object of grant.objects ?? []) {
      const range = fieldsOf(object, 'RangeVar');
      if (range?.relname !== undefined) addTo(made, range.relname, { schema: range.schemaname, roles, privileges });
    }
  }
  grantsByTable.set(statements, made);
  return made;
}
