import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { Entity, EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { referencedColumn } from '../own-column.ts';
import { NULL } from '../query-shapes/query.ts';
import { triggeredRelations } from '../query-shapes/routine-scope.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { queriesInSchema, userRoutines } from '../query-shapes/schema-queries.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import { remarkAbove } from '../remark-above.ts';
import { remarkBeside } from '../remark-beside.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksForNull } from '../values/implication.ts';

/**
 * Does something in the schema give NULL in the column a meaning: a foreign key that sets it, a tree's root (a key to its own
 * table), NULLS NOT DISTINCT, a CHECK, index, policy, trigger, view or function that asks for it, its own comment?
 */
export function isNullMeant(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  if (NULL_SAID.test(column.comment ?? '') || nullsInRoutines(graph).has(column.id)) return true;
  return graph.dependents(column.id).some((each) => {
    if (each.kind === 'foreignKey') return each.columns.includes(column.id) && keySetsNull(each, column);
    if (each.kind === 'index' && each.nullsNotDistinct && each.keys.some((key) => key.column === column.id))
      return true;
    return expressionsOf(each).some((expression) => asksForNull(expression, column.id));
  });
}

const NULL_SAID = /\b(?:null|optional|global)\b/i;

/** Does a remark beside the column, or on the lines above it, say that it may be empty: `-- nullable for new users`? */
export function isNullRemarked(column: EntityOf<'column'>, texts: ReadonlyMap<string, string>): boolean {
  const beside = remarkBeside(column, texts);
  const remarks = [beside?.isOnlyOfIt ? beside.text : '', remarkAbove(column, texts)];
  return remarks.some((each) => NULL_REMARKED.test(each));
}

const NULL_REMARKED = /(?<!\bnot[\s-])(?<!\bnon-)\b(?:null(?:able)?|optional)\b(?!-)/i;

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

/**
 * The columns of which a function or procedure asks whether they are NULL or says what to take in their place, or which one
 * empties. A backfill, which asks in order to fill, does not count, nor does a trigger that fills what is asked of NEW.
 */
const nullsInRoutines = askedOnce((graph): ReadonlySet<EntityId> => {
  const found = new Set<EntityId>();
  const emptied = new Set<EntityId>();
  const filledBy = new Map<EntityId, Set<EntityId>>();
  for (const { holder, query } of queriesInSchema(graph)) {
    if (holder.kind !== 'function') continue;
    const filled = filledBy.get(holder.id) ?? new Set();
    filledBy.set(holder.id, filled);
    for (const { column, constant } of query.writes.flatMap((each) => each.sets)) {
      if (column === null) continue;
      if (constant === NULL) emptied.add(column);
      else if (query.kind === 'update') filled.add(column);
    }
  }
  for (const routine of userRoutines(graph)) {
    const { expressions, dynamic } = routineShape(graph, routine);
    const executed = dynamic.flatMap(({ queries }) => queries).filter(({ parent }) => parent === null);
    const tested = new Set<EntityId>();
    for (const each of expressions) noteTested(graph, routine, each.tree, each, tested);
    for (const each of executed) noteTested(graph, routine, each.node, each.binding, tested);
    for (const column of tested) if (filledBy.get(routine.id)?.has(column) !== true) found.add(column);
  }
  for (const column of emptied) found.add(column);
  return found;
});

function noteTested(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  tree: Node,
  binding: Binding,
  found: Set<EntityId>,
): void {
  walk(tree, (_, node) => {
    const test = fieldsOf(node, 'NullTest') ?? fieldsOf(node, 'BooleanTest');
    // What stands last in COALESCE is what is taken, and may be NULL or not.
    const choices = fieldsOf(node, 'CoalesceExpr')?.args?.slice(0, -1) ?? [];
    for (const each of test?.arg === undefined ? choices : [test.arg]) {
      for (const id of triggerColumns(graph, routine, each) ?? [referencedColumn(each, binding)])
        if (id !== undefined) found.add(id);
    }
    return undefined;
  });
}

/** `new.code` in a trigger function: that column of each table it hangs on, but where a trigger sets it. Undefined for other names. */
function triggerColumns(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  node: Node,
): readonly EntityId[] | undefined {
  const [row, name, more] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
  if ((row !== 'new' && row !== 'old') || name === undefined || more !== undefined) return undefined;
  return triggeredRelations(graph, routine).flatMap((relation) => {
    const column = graph.column(relation, name);
    const isSet = (['insert', 'update'] as const).some((event) =>
      columnsSetByTriggers(graph, relation, event).sets.some((each) => each.column === column?.id),
    );
    return column === undefined || isSet ? [] : [column.id];
  });
}
