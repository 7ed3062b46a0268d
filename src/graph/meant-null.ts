import { fieldsOf } from '../sql/nodes.ts';
import { walk } from '../sql/walk.ts';
import { askedOnce } from './asked-once.ts';
import type { BoundExpression } from './bound-expression.ts';
import type { Entity, EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { asksForNull } from './implication.ts';
import { referencedColumn } from './own-column.ts';
import { queriesInSchema } from './query-shapes/schema-queries.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * Does something in the schema give NULL in the column a meaning: a foreign key that sets it, a tree's root (a key to its own
 * table), NULLS NOT DISTINCT, a CHECK, index, policy, trigger, view or function that asks for it, its own comment?
 */
export function isNullMeant(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  if (/\b(?:null|optional|global)\b/i.test(column.comment ?? '') || nullsInRoutines(graph).has(column.id)) return true;
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

/** The columns of which a function or procedure asks whether they are NULL, or which one empties. A backfill, which asks in order to fill, does not count. */
const nullsInRoutines = askedOnce((graph): ReadonlySet<EntityId> => {
  const found = new Set<EntityId>();
  const filled = new Set<EntityId>();
  for (const { holder, query } of queriesInSchema(graph)) {
    if (holder.kind !== 'function') continue;
    for (const { column, constant } of query.writes.flatMap((each) => each.sets)) {
      if (column === null) continue;
      if (constant === 'null') found.add(column);
      else if (query.kind === 'update') filled.add(column);
    }
    if (query.parent !== null) continue;
    walk(query.node, (_, node) => {
      const test = fieldsOf(node, 'NullTest');
      const column = test?.nulltesttype === 'IS_NULL' ? referencedColumn(test.arg, query.binding) : undefined;
      if (column !== undefined) found.add(column);
      return undefined;
    });
  }
  for (const column of filled) found.delete(column);
  return found;
});
