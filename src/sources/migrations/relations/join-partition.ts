import type { EntityOf } from '../../../graph/entities/index.ts';
import type { Origin } from '../../../graph/origin.ts';
import type { ReplayContext } from '../context.ts';
import { carried, counterparts } from './carried-expression.ts';
import { partitionsOf } from './children.ts';
import { cloneForeignKey } from './foreign-keys.ts';
import { defineOnPartition, planOf } from './keys.ts';

type Table = EntityOf<'table'>;
type Trigger = EntityOf<'trigger'>;

/**
 * What a table gets when it becomes a partition: the parent's indexes with their constraints, its row triggers, its foreign
 * keys, each attached to one of its own that fits or made anew (DefineRelation(), ATExecAttachPartition()).
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
  for (const trigger of graph.ownedBy(parent.id, 'trigger')) cloneTrigger(context, trigger, partition, origin);
  for (const key of graph.ownedBy(parent.id, 'foreignKey')) cloneForeignKey(context, key, partition, origin);
}

/** CloneRowTriggersToPartition(): row triggers of a partitioned table hold for each partition, under the same name. */
export function cloneTrigger(context: ReplayContext, trigger: Trigger, partition: Table, origin: Origin): void {
  if (trigger.level !== 'row') return;
  const { graph, builder, by } = context;
  const existing = graph.part('trigger', partition.id, trigger.name);
  if (existing) context.refuseDuplicate(existing);
  const to = counterparts(graph, trigger.relation, partition.id);
  const { id: _id, setBy: _setBy, comment: _comment, ...facts } = trigger;
  const clone = builder.create(
    {
      ...facts,
      relation: partition.id,
      updateColumns: trigger.updateColumns.map((id) => to.get(id) ?? id),
      when: carried(trigger.when, to),
      origin,
    },
    by,
  );
  for (const below of partitionsOf(graph, partition.id)) cloneTrigger(context, clone, below, origin);
}
