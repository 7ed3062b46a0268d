import type { EntityId } from '../../src/graph/entity-id.ts';
import type { ColumnTest, Query } from '../../src/graph/query-shapes/query.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';

/** A query in one line, without places: what a test compares. */
export function describeQuery(graph: SchemaGraph, query: Query): string {
  const column = (id: EntityId | null) => (id === null ? '?' : (graph.columnNames([id])[0] ?? '?'));
  const relation = (id: EntityId | null) => {
    const found = id === null ? undefined : graph.find(id);
    return found ? graph.path(found) : '?';
  };
  const parts = [
    `${query.kind}${query.role === 'statement' ? '' : ` (${query.role})`}`,
    ...query.sources.map(
      (each) =>
        `${each.isTarget ? 'into' : 'from'} ${relation(each.relation)}[${each.tests.map((test) => describeTest(graph, test)).join(', ')}]`,
    ),
    ...query.joins.map((each) => `join ${column(each.left)}=${column(each.right)}`),
    ...query.order.map(
      (each) => `order ${column(each.column)}${each.descending ? ' desc' : ''}${each.nullsFirst ? ' nulls first' : ''}`,
    ),
    ...(query.limit === 'none' ? [] : [`limit ${query.limit}`]),
    ...query.distances.map((each) => `distance ${column(each.column)} ${each.operator} ${each.use}`),
    ...(query.lock === null ? [] : [`for ${query.lock.strength}${query.lock.skipsLocked ? ' skip locked' : ''}`]),
    ...query.writes.map(
      (each) =>
        `${each.kind} ${relation(each.relation)}(${each.sets
          .map((set) => `${set.name} ${String(set.constant ?? set.from)}${set.readsOwnRow ? ' own' : ''}`)
          .join(
            ', ',
          )})${each.onConflict === null ? '' : ` conflict ${each.onConflict.action} (${each.onConflict.columns.map(column).join(', ')})`}${each.isUnlimited ? ' all' : ''}`,
    ),
    ...(query.unresolved.length === 0 ? [] : [`unresolved ${query.unresolved.join(', ')}`]),
  ];
  return parts.join('; ');
}

export function describeTest(graph: SchemaGraph, test: ColumnTest): string {
  const [name = '?'] = graph.columnNames([test.column]);
  const value = test.constants.length > 0 ? test.constants.join('|') : (test.variable ?? test.against);
  return `${test.isBare ? '' : 'computed '}${name} ${test.kind === 'isNull' || test.kind === 'isNotNull' ? test.kind : `${test.kind} ${test.operator} ${value}`}`;
}
