import type { EntityOf } from '../../../graph/entities/index.ts';
import type { Origin } from '../../../graph/origin.ts';
import type { ReplayContext } from '../context.ts';
import { cloneForeignKey } from './foreign-keys.ts';
import { defineOnPartition, planOf } from './keys.ts';

type Table = EntityOf<'table'>;

/**
 * What a table gets when it becomes a partition: the parent's indexes with their constraints and its foreign keys, each
 * attached to one of its own that fits or made anew (DefineRelation(), ATExecAttachPartition()). The copies it gets of the
 * parent's row triggers (tgparentid) are no entities: they are parts of the parent's, and come and go with those.
 */
export function joinPartition(
  context: ReplayContext,
  parent: Table,
  partition: Table,
  origin: Origin = partition.origin,
): void {
  const { graph } = context;
  for (const index of graph.ownedBy(parent.id, 'index'))
    defineOnPartition(context, partition, index, planOf(index, origin, context));
  for (const key of graph.ownedBy(parent.id, 'foreignKey')) cloneForeignKey(context, key, partition, origin);
}
