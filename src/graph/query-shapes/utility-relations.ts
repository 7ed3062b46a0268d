import type { Node, RangeVar } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { UnresolvedName } from '../binding/binding.ts';
import type { NameSource } from '../binding/name-source.ts';

/** The relations that ANALYZE, CLUSTER, LOCK, REFRESH or TRUNCATE names and that nothing in reach answers to: no query, so that the binder passes over them. */
export function missingRelations(tree: Node, names: NameSource): readonly UnresolvedName[] {
  return relationsOf(tree).flatMap((range): readonly UnresolvedName[] => {
    const { schemaname: schema, relname: name = '' } = range;
    if (names.relation(schema, name) !== undefined) return [];
    return [{ kind: 'relation', schema, name, node: range, reason: 'unknown' }];
  });
}

function relationsOf(tree: Node): readonly RangeVar[] {
  const one = (fieldsOf(tree, 'ClusterStmt') ?? fieldsOf(tree, 'RefreshMatViewStmt'))?.relation;
  const list = (fieldsOf(tree, 'LockStmt') ?? fieldsOf(tree, 'TruncateStmt'))?.relations ?? [];
  const vacuum = fieldsOf(tree, 'VacuumStmt');
  // VACUUM fails in a function in any case.
  const analyzed = vacuum?.is_vacuumcmd === true ? [] : (vacuum?.rels ?? []);
  return [
    ...(one === undefined ? [] : [one]),
    ...list.flatMap((each) => fieldsOf(each, 'RangeVar') ?? []),
    ...analyzed.flatMap((each) => fieldsOf(each, 'VacuumRelation')?.relation ?? []),
  ];
}
