import type { EntityOf } from '../entities/index.ts';
import { isGranted, isGrantedOnPurpose, isGrantedWithSchema } from '../history/table-grants.ts';
import type { Statement } from '../journal.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { ClientAccess } from './client-access.ts';
import type { Acl, Grantee, PrivilegeLetters } from './privileges.ts';

/**
 * Does the role itself hold on the relation just what default privileges give on any new one of its owner in this schema? Then
 * nobody has decided it for this one, or a GRANT has repeated it.
 * @param asked the privileges that it is about: what was done with others says nothing of these
 */
function isGrantedByDefault(
  graph: SchemaGraph,
  table: EntityOf<'table' | 'view'>,
  role: Grantee,
  asked?: PrivilegeLetters,
): boolean {
  const lettersOf = (acl: Acl) => lettersIn(acl, role).filter((each) => asked === undefined || asked.includes(each));
  const held = lettersOf(table.acl);
  const schema = graph.global('schema', table.name.schema)?.id;
  const given = [...graph.ofKind('defaultPrivileges')]
    .filter((each) => each.objects === 'table' && each.role === table.owner)
    .filter((each) => each.schema === null || each.schema === schema)
    .flatMap((each) => lettersOf(each.acl));
  const hasOwnColumns = graph.columns(table.id).some((each) => lettersOf(each.acl).length > 0);
  const isSame = held.every((each) => given.includes(each)) && given.every((each) => held.includes(each));
  return held.length > 0 && !hasOwnColumns && isSame;
}

/** Does each of the clients hold what it holds on the relation by default privileges, and no GRANT of the history gives them that for this one? */
export function isLeftToDefaults(
  graph: SchemaGraph,
  statements: readonly Statement[],
  relation: EntityOf<'table' | 'view'>,
  access: readonly ClientAccess[],
  asked?: PrivilegeLetters,
): boolean {
  return access.every(({ role, name, commands }) => {
    const isOnPurpose = commands.some((each) => isGrantedOnPurpose(statements, relation.name, name, each));
    return isGrantedByDefault(graph, relation, role, asked) && !isOnPurpose;
  });
}

/** The same where no GRANT of the history says so either, not even one of a dump: that it comes from default privileges is sure then. */
export function comesFromDefaults(
  graph: SchemaGraph,
  statements: readonly Statement[],
  relation: EntityOf<'table' | 'view'>,
  access: readonly ClientAccess[],
  asked?: PrivilegeLetters,
): boolean {
  const isNamed = access.some(({ name, commands }) =>
    commands.some(
      (each) =>
        isGranted(statements, relation.name, name, each) || isGrantedWithSchema(statements, relation, name, each),
    ),
  );
  return !isNamed && isLeftToDefaults(graph, statements, relation, access, asked);
}

/** Is a new function of this one's owner in its schema for none of these, nor for PUBLIC, which has each that no default privileges keep from it? */
export function areNewOnesKept(
  graph: SchemaGraph,
  { name, owner }: EntityOf<'function'>,
  roles: readonly Grantee[],
): boolean {
  const schema = graph.global('schema', name.schema)?.id;
  const given = graph.ofKind('defaultPrivileges').filter((each) => each.objects === 'function' && each.role === owner);
  const own = given.filter((each) => each.schema === null || each.schema === schema);
  const isOpen = (each: Grantee) => own.some(({ acl }) => lettersIn(acl, each).includes('X'));
  return own.some((each) => each.schema === null) && !['public' as const, ...roles].some(isOpen);
}

function lettersIn(acl: Acl, role: Grantee): readonly string[] {
  return acl.filter(({ grantee }) => grantee === role).flatMap(({ privileges }) => [...privileges]);
}
