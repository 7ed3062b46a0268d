import { isClosedToSignedOut } from '../caller/closed-conditions.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Change, History, Migration } from '../journal.ts';
import { admitsNothing, clausesOf } from '../policies/policy-clauses.ts';
import { ROW_COMMANDS, type RowCommand } from '../policies/row-security.ts';
import { commandsOf } from '../policies/unreached-policies.ts';
import { LETTERS } from '../privileges/client-access.ts';
import { heldLetters, mayTable, mayUseSchema } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { grantedOnPurposeBy } from './table-grants.ts';

type Table = EntityOf<'table'>;
type Schema = EntityOf<'schema'>;
type Role = EntityOf<'role'>;

/** Tables that clients were given a privilege of in vain. */
export interface ClosedSchema {
  readonly schema: Schema;
  readonly role: Role;
  readonly tables: readonly { readonly table: Table; readonly commands: readonly RowCommand[] }[];
}

/**
 * What GRANTs that name a table and a client role give for nothing, as the role has no USAGE of the schema: each query ends in 42501 before the table is
 * found (docs, 5.10.4). Only of schemas that the API serves, where row security or its lack would let the role have rows, and where the GRANT came in a later
 * file than what took USAGE, if anything did: else the schema was closed on purpose.
 */
export function closedSchemas(
  graph: SchemaGraph,
  { statements, journal }: History,
  {
    clientRoles,
    exposedSchemas,
  }: { readonly clientRoles: readonly string[]; readonly exposedSchemas: readonly string[] },
): readonly ClosedSchema[] {
  return exposedSchemas.flatMap((name) => {
    const schema = graph.global('schema', name);
    if (schema === undefined || graph.isDoubtful(schema, ['privileges'])) return [];
    return clientRoles.flatMap((each): ClosedSchema[] => {
      const role = graph.global('role', each);
      if (role === undefined || mayUseSchema(graph, role.id, schema)) return [];
      const taken = takenBy(graph, journal, schema, role);
      const tables = tablesIn(graph, schema).flatMap((table) => {
        const commands = ROW_COMMANDS.filter((command) => {
          const granted = grantedOnPurposeBy(statements, table.name, role.name, command);
          const isLater = granted !== undefined && (taken === undefined || granted.index > taken.index);
          return isLater && mayHave(graph, table, role, command);
        });
        return commands.length === 0 ? [] : [{ table, commands }];
      });
      return tables.length === 0 ? [] : [{ schema, role, tables }];
    });
  });
}

function tablesIn(graph: SchemaGraph, schema: Schema): readonly Table[] {
  return graph
    .ofKind('table')
    .filter((each) => each.name.schema === schema.name && isUsersOwn(graph, each) && each.isAssumed !== true);
}

/** The last migration by which the role had no USAGE any more, where it had it. */
function takenBy(graph: SchemaGraph, journal: readonly Change[], schema: Schema, role: Role): Migration | undefined {
  const mayUse = (each: Schema) => heldLetters(graph, role.id, each.acl).includes('U');
  const change = journal.findLast(
    (each) =>
      each.type === 'altered' &&
      each.before.kind === 'schema' &&
      each.after.kind === 'schema' &&
      each.after.id === schema.id &&
      mayUse(each.before) &&
      !mayUse(each.after),
  );
  return change?.type === 'altered' ? change.by.migration : undefined;
}

/** Would the role have rows of the table but for the schema? */
function mayHave(graph: SchemaGraph, table: Table, role: Role, command: RowCommand): boolean {
  if (!mayTable(graph, role.id, table, LETTERS.get(command) ?? '')) return false;
  if (!table.rowSecurity) return true;
  return graph.ownedBy(table.id, 'policy').some((policy) => {
    if (!policy.isPermissive || !commandsOf(policy).includes(command) || admitsNothing(policy, command)) return false;
    if (!policy.roles.some((each) => each === 'public' || each === role.id)) return false;
    return role.name !== 'anon' || !clausesOf(policy).some(({ expression }) => isClosedToSignedOut(graph, expression));
  });
}
