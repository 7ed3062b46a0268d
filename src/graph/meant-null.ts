import type { BoundExpression } from './bound-expression.ts';
import type { Entity, EntityOf } from './entities/index.ts';
import { asksForNull } from './implication.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * Does something in the schema give NULL in the column a meaning: a foreign key that sets it, a tree's root (a key to its own
 * table), NULLS NOT DISTINCT, a CHECK, index, policy, trigger or view that asks for it?
 */
export function isNullMeant(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return graph.dependents(column.id).some((each) => {
    if (each.kind === 'foreignKey') return each.columns.includes(column.id) && keySetsNull(each, column);
    if (each.kind === 'index' && each.nullsNotDistinct && each.keys.some((key) => key.column === column.id))
      return true;
    return expressionsOf(each).some((expression) => asksForNull(expression, column.id));
  });
}

function keySetsNull(key: EntityOf<'foreignKey'>, column: EntityOf<'column'>): boolean {
  if (key.referencedTable === key.table || key.onUpdate === 'set null') return true;
  return key.onDelete === 'set null' && (key.setColumns.length === 0 || key.setColumns.includes(column.id));
}

function expressionsOf(entity: Entity): readonly BoundExpression[] {
  switch (entity.kind) {
    case 'checkConstraint':
      return [entity.expression];
    case 'index':
      return [entity.predicate, ...entity.keys.map((key) => key.expression)].filter((each) => each !== null);
    case 'policy':
      return [entity.using, entity.check].filter((each) => each !== null);
    case 'trigger':
      return entity.when === null ? [] : [entity.when];
    case 'view':
    case 'materializedView':
      return [entity.query];
    default:
      return [];
  }
}
