import type { AlterTableCmd } from '@pgsql/types';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import { quoteIdentifier } from '../../../../sql/name.ts';
import { partitionsOf } from '../../relations/children.ts';
import type { Run } from './run.ts';

type Trigger = EntityOf<'trigger'>;

/** ENABLE and DISABLE TRIGGER name, ALL or USER; row triggers of a partitioned table also on its partitions. */
export function enableTriggers(enabled: Trigger['enabled'], which: 'named' | 'every') {
  return (command: AlterTableCmd, run: Run<'table' | 'foreignTable'>): void => {
    const { context, relation, location } = run;
    const { graph } = context;
    if (which === 'every') {
      for (const trigger of graph.ownedBy(relation.id, 'trigger')) setEnabled(run, trigger, enabled);
      return;
    }
    const name = command.name ?? '';
    const trigger = graph.part('trigger', relation.id, name);
    if (trigger) setEnabled(run, trigger, enabled);
    else if (!relation.isAssumed && !graph.isDoubtful(relation, ['triggers']))
      context.refuseUnknown('trigger', `${graph.path(relation)}.${quoteIdentifier(name)}`, location);
  };
}

function setEnabled(run: Run, trigger: Trigger, enabled: Trigger['enabled']): void {
  const { graph, builder, by } = run.context;
  builder.alter(trigger, { enabled }, by, run.origin);
  if (run.only || trigger.level !== 'row') return;
  for (const partition of partitionsOf(graph, trigger.relation)) {
    const clone = graph.part('trigger', partition.id, trigger.name);
    if (clone) setEnabled(run, clone, enabled);
  }
}
