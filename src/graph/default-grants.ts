import type { EntityOf } from './entities/index.ts';
import type { Grantee } from './privileges.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * Does the role itself hold on the table just what default privileges give on any new table of its owner in this schema? Then
 * nobody has decided it for this table, or a GRANT has repeated it.
 */
export function isGrantedByDefault(graph: SchemaGraph, table: EntityOf<'table'>, role: Grantee): boolean {
  const held = lettersOf(table.acl, role);
  const schema = graph.global('schema', table.name.schema)?.id;
  const given = [...graph.ofKind('defaultPrivileges')]
    .filter((each) => each.objects === 'table' && each.role === table.owner)
    .filter((each) => each.schema === null || each.schema === schema)
    .flatMap((each) => lettersOf(each.acl, role));
  const hasOwnColumns = graph.columns(table.id).some((each) => lettersOf(each.acl, role).length > 0);
  const isSame = held.every((each) => given.includes(each)) && given.every((each) => held.includes(each));
  return held.length > 0 && !hasOwnColumns && isSame;
}

function lettersOf(acl: EntityOf<'table'>['acl'], role: Grantee): readonly string[] {
  return acl.filter(({ grantee }) => grantee === role).flatMap(({ privileges }) => [...privileges]);
}
