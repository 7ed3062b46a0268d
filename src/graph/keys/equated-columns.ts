import { fieldsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { referencedColumn } from '../own-column.ts';
import { triggeredRelations } from '../query-shapes/routine-scope.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { BoundTree } from '../query-shapes/schema-expressions.ts';
import { type HeldQuery, queriesInSchema, userRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Does a policy, view or function equate the two columns: `u.id = device_id`, `device_id in (select u.id …)`, in a trigger
 * function `u.id = new.device_id`? Not a policy that only lets rows be read or deleted: it follows whatever key there is, while
 * one for new rows says which may be added.
 */
export function areEquated(graph: SchemaGraph, one: EntityId, other: EntityId): boolean {
  return equationsOf(graph, one).has(other);
}

/** The columns that one is equated with, and how often. */
export function equationsOf(graph: SchemaGraph, column: EntityId): ReadonlyMap<EntityId, number> {
  return equated(graph).get(column) ?? NONE;
}

const NONE: ReadonlyMap<EntityId, number> = new Map();

const equated = askedOnce((graph): ReadonlyMap<EntityId, ReadonlyMap<EntityId, number>> => {
  const counts = new Map<EntityId, Map<EntityId, number>>();
  const countOne = (one: EntityId, other: EntityId) => {
    const known = counts.get(one) ?? new Map<EntityId, number>();
    counts.set(one, known.set(other, (known.get(other) ?? 0) + 1));
  };
  const count = (one: EntityId, other: EntityId) => {
    countOne(one, other);
    if (one !== other) countOne(other, one);
  };
  for (const held of queriesInSchema(graph)) {
    if (held.holder.kind === 'policy' && !isOfNewRows(held.holder)) continue;
    for (const { left, right } of held.query.joins) count(left, right);
    for (const [left, right] of withTriggerRow(graph, held)) count(left, right);
  }
  for (const { tree, binding } of boundTrees(graph))
    for (const { subLinkType, testexpr, subselect } of nodesOf(tree, 'SubLink')) {
      if (subLinkType !== 'ANY_SUBLINK') continue;
      const [target] = fieldsOf(subselect, 'SelectStmt')?.targetList ?? [];
      const tested = referencedColumn(testexpr, binding);
      const given = referencedColumn(fieldsOf(target, 'ResTarget')?.val, binding);
      if (tested !== undefined && given !== undefined) count(tested, given);
    }
  return counts;
});

function isOfNewRows({ command }: EntityOf<'policy'>): boolean {
  return command !== 'select' && command !== 'delete';
}

function boundTrees(graph: SchemaGraph): readonly BoundTree[] {
  const policies = graph.ofKind('policy').filter(isOfNewRows);
  const standing = [
    ...policies.flatMap(({ using, check }) => [using, check]),
    ...graph.ofKind('view').map(({ query }) => query),
    ...graph.ofKind('materializedView').map(({ query }) => query),
  ];
  const bodies = userRoutines(graph).flatMap((each) => routineShape(graph, each).expressions);
  return [...bodies, ...standing].flatMap((each) => (each === null ? [] : [{ tree: each.tree, binding: each }]));
}

function withTriggerRow(graph: SchemaGraph, { holder, query }: HeldQuery): readonly (readonly [EntityId, EntityId])[] {
  if (holder.kind !== 'function') return [];
  const tests = query.sources.flatMap((each) => each.tests).filter(({ kind }) => kind === 'equal' || kind === 'in');
  return tests.flatMap(({ column, variable }) => {
    const [row, name = ''] = variable?.split('.') ?? [];
    return row === 'new' || row === 'old' ? columnsOfRow(graph, holder, name).map((id) => [column, id] as const) : [];
  });
}

function columnsOfRow(graph: SchemaGraph, routine: EntityOf<'function'>, name: string): readonly EntityId[] {
  return triggeredRelations(graph, routine).flatMap((relation) => graph.column(relation, name)?.id ?? []);
}
