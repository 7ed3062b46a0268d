import { fieldsOf } from '../../sql/nodes.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { ownColumn } from '../own-column.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNullable } from './nullability.ts';

/** What a condition about NULL comes to on columns that never hold one. */
export interface NullCondition {
  readonly column: EntityId;
  readonly admits: 'all' | 'none';
}

/**
 * Does the condition let every row pass (it asks only for columns to be not null that never are null), or none (it asks for
 * NULL in such a column)? Undefined for all others.
 */
export function nullCondition(graph: SchemaGraph, condition: BoundExpression): NullCondition | undefined {
  let first: EntityId | undefined;
  let isWhole = true;
  for (const part of conjuncts(condition.tree)) {
    const test = fieldsOf(part, 'NullTest');
    const id = test && ownColumn(test.arg, condition);
    const column = id === undefined ? undefined : graph.find(id);
    if (column?.kind !== 'column' || !isNeverNull(graph, column)) isWhole = false;
    else if (test?.nulltesttype === 'IS_NULL') return { column: column.id, admits: 'none' };
    else first ??= column.id;
  }
  return isWhole && first !== undefined ? { column: first, admits: 'all' } : undefined;
}

/** Rows from before a CHECK that is not validated may still hold NULL. */
function isNeverNull(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  if (column.notNull) return true;
  const checks = graph.ownedBy(column.relation, 'checkConstraint');
  return checks.every((each) => each.isValidated) && !isNullable(graph, column);
}
