import type { Entity } from '../../graph/entities/index.ts';
import type { Step } from './step.ts';

/** Everything that is there after a step: a table comes with its columns and their sequences, a constraint with its index. */
export function entitiesMadeBy({ entity, graph, does }: Step): readonly Entity[] {
  if (does === 'change' && entity.kind !== 'view') return [entity];
  const columns = entity.kind === 'column' ? [entity] : graph.columns(entity.id);
  const sequences = columns.flatMap(({ id }) =>
    graph.dependentsOfKind(id, 'sequence').filter(({ ownedBy }) => ownedBy === id),
  );
  const index = 'index' in entity ? graph.find(entity.index) : undefined;
  return [...new Set([entity, ...columns, ...sequences, ...(index ? [index] : [])])];
}
