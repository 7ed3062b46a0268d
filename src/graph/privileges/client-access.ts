import { askedByRoles } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { RowCommand } from '../policies/row-security.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { effectiveRoles, mayAnyColumn, mayUseSchema } from './privilege-questions.ts';
import type { Acl, Grantee } from './privileges.ts';

/** What clients can name in a query of the API. */
export type ClientRelation = EntityOf<'table' | 'view' | 'materializedView' | 'foreignTable'>;

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

/**
 * The client roles that may do something with the rows of a relation, by their grants on it or on one of its columns and on
 * its schema. PUBLIC is left out where a role that is listed may do the same, as every role is in it.
 */
export const clientAccess = askedByRoles(accessTo);

function accessTo(
  graph: SchemaGraph,
  relation: ClientRelation,
  clientRoles: readonly string[],
): readonly ClientAccess[] {
  const schema = graph.global('schema', relation.name.schema);
  const all = clientRoles.flatMap((name): readonly ClientAccess[] => {
    const role = name === 'public' ? 'public' : graph.global('role', name)?.id;
    if (role === undefined || (schema !== undefined && !mayUseSchema(graph, role, schema))) return [];
    const commands: RowCommand[] = [];
    for (const [command, letter] of LETTERS) if (mayAnyColumn(graph, role, relation, letter)) commands.push(command);
    return commands.length === 0 ? [] : [{ name, role, commands }];
  });
  const roles = all.filter(({ role }) => role !== 'public');
  return all.filter(
    ({ role, commands }) =>
      role !== 'public' || !roles.some((each) => commands.every((one) => each.commands.includes(one))),
  );
}

/**
 * The entries of an access list by which the roles hold what they hold, as GRANT names them (PUBLIC as `public`): their own,
 * PUBLIC's, and those of roles they inherit from.
 */
export function clientGrantees(graph: SchemaGraph, acl: Acl, clientRoles: readonly string[]): readonly string[] {
  const roles = clientRoles.flatMap((name) => graph.global('role', name)?.id ?? []);
  const held = new Set<Grantee>(['public', ...roles.flatMap((role) => [...effectiveRoles(graph, role)])]);
  return acl
    .filter(({ grantee }) => held.has(grantee))
    .map(({ grantee }) => (grantee === 'public' ? grantee : graph.get('role', grantee).name));
}
