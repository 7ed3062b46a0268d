import type { Entity, EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * What ALTER COLUMN … TYPE meets. `refused`: Postgres will not (a view, rule, policy, trigger, generated column or SQL-standard
 * body uses the column, it comes from a parent, or rows are partitioned by it). `rebuilt`: a CHECK, an index expression or
 * predicate, an operator class or statistics are made again with the new type, which may or may not suit them. `free` else;
 * plain keys and foreign keys follow by themselves.
 */
export type TypeChange = 'refused' | 'rebuilt' | 'free';

export function typeChange(graph: SchemaGraph, column: EntityOf<'column'>): TypeChange {
  const table = graph.find(column.relation);
  if (table?.kind !== 'table' || table.ofType !== null || column.isInherited || column.generated !== null)
    return 'refused';
  const partitions = table.partitionKey?.keys ?? [];
  if (partitions.some((key) => key.column === column.id || key.expression !== null)) return 'refused';
  let change: TypeChange = 'free';
  for (const each of graph.dependents(column.id)) {
    if (isInTheWay(each, column)) return 'refused';
    if (isRebuilt(each, column.id)) change = 'rebuilt';
  }
  return change;
}

function isInTheWay(dependent: Entity, column: EntityOf<'column'>): boolean {
  switch (dependent.kind) {
    case 'view':
    case 'materializedView':
    case 'rewriteRule':
    case 'policy':
    case 'trigger':
    case 'function':
    case 'publication':
      return true;
    case 'column':
      return dependent.relation === column.relation && dependent.generated !== null;
    default:
      return false;
  }
}

function isRebuilt(dependent: Entity, column: EntityId): boolean {
  switch (dependent.kind) {
    case 'checkConstraint':
    case 'exclusionConstraint':
    case 'statistics':
      return true;
    case 'index': {
      const plain = dependent.keys.filter((key) => key.column === column);
      const isOnlyPlain = dependent.keys.every((key) => key.expression === null) && dependent.predicate === null;
      return !isOnlyPlain || dependent.method !== 'btree' || plain.some((key) => key.opclass !== null);
    }
    default:
      return false;
  }
}
