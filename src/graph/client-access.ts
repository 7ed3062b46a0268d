import type { EntityOf } from './entities/index.ts';
import { mayAnyColumn, mayUseSchema } from './privilege-questions.ts';
import type { Grantee } from './privileges.ts';
import type { RowCommand } from './row-security.ts';
import type { SchemaGraph } from './schema-graph.ts';

export interface ClientAccess {
  /** As settings and reports name it: anon, authenticated, PUBLIC as `public`. */
  readonly name: string;
  readonly role: Grantee;
  /** What its grants let it do, before row security: in the order select, insert, update, delete. */
  readonly commands: readonly RowCommand[];
}

/** The privilege that each takes, as ACLs spell it. */
export const LETTERS: ReadonlyMap<RowCommand, string> = new Map([
  ['select', 'r'],
  ['insert', 'a'],
  ['update', 'w'],
  ['delete', 'd'],
]);

const known = new WeakMap<SchemaGraph, WeakMap<readonly string[], Map<EntityOf<'table'>, readonly ClientAccess[]>>>();

/**
 * The client roles that may do something with the rows of a table, by their grants on it or on one of its columns and on
 * its schema. PUBLIC is left out where a role that is listed may do the same, as every role is in it. Ask a finished graph only:
 * the answer for one list of roles is kept.
 */
export function clientAccess(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  clientRoles: readonly string[],
): readonly ClientAccess[] {
  const byRoles = known.get(graph) ?? new WeakMap<readonly string[], Map<EntityOf<'table'>, readonly ClientAccess[]>>();
  known.set(graph, byRoles);
  const byTable = byRoles.get(clientRoles) ?? new Map<EntityOf<'table'>, readonly ClientAccess[]>();
  byRoles.set(clientRoles, byTable);
  const made = byTable.get(table) ?? accessTo(graph, table, clientRoles);
  byTable.set(table, made);
  return made;
}

function accessTo(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  clientRoles: readonly string[],
): readonly ClientAccess[] {
  const schema = graph.global('schema', table.name.schema);
  const all = clientRoles.flatMap((name): readonly ClientAccess[] => {
    const role = name === 'public' ? 'public' : graph.global('role', name)?.id;
    if (role === undefined || (schema !== undefined && !mayUseSchema(graph, role, schema))) return [];
    const commands = [...LETTERS]
      .filter(([, letter]) => mayAnyColumn(graph, role, table, letter))
      .map(([command]) => command);
    return commands.length === 0 ? [] : [{ name, role, commands }];
  });
  const roles = all.filter(({ role }) => role !== 'public');
  return all.filter(
    ({ role, commands }) =>
      role !== 'public' || !roles.some((each) => commands.every((one) => each.commands.includes(one))),
  );
}
