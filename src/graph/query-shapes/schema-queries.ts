import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { UnreadPart } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { conjuncts, testsIn } from './column-tests.ts';
import { queriesIn, queriesOf } from './queries-in.ts';
import type { ColumnTest, Query, Write } from './query.ts';
import { type RoutineShape, routineShape } from './routine-shape.ts';

export type QueryHolder = EntityOf<'function' | 'view' | 'materializedView' | 'policy' | 'trigger' | 'rewriteRule'>;

/** A query, and whose text it stands in. */
export interface HeldQuery {
  readonly holder: QueryHolder;
  readonly query: Query;
}

/**
 * Every query inside the user's part of the schema: of functions, procedures, views, materialized views, policies (their
 * subselects), trigger conditions and rewrite rules.
 */
export const queriesInSchema = askedOnce((graph): readonly HeldQuery[] => [
  ...userRoutines(graph).flatMap((holder) => held(holder, routineShape(graph, holder).queries)),
  ...users(graph, 'view').flatMap((holder) => held(holder, queriesIn(graph, holder.query))),
  ...users(graph, 'materializedView').flatMap((holder) => held(holder, queriesIn(graph, holder.query))),
  ...users(graph, 'policy').flatMap((holder) => held(holder, within(graph, [holder.using, holder.check]))),
  ...users(graph, 'trigger').flatMap((holder) => held(holder, within(graph, [holder.when]))),
  ...users(graph, 'rewriteRule').flatMap((holder) =>
    held(holder, within(graph, [holder.condition, ...holder.actions])),
  ),
]);

function within(graph: SchemaGraph, expressions: readonly (BoundExpression | null)[]): readonly Query[] {
  return expressions.flatMap((each) => (each === null ? [] : queriesOf(graph, each)));
}

function held(holder: QueryHolder, queries: readonly Query[]): readonly HeldQuery[] {
  return queries.map((query) => ({ holder, query }));
}

function users<K extends QueryHolder['kind']>(graph: SchemaGraph, kind: K): readonly EntityOf<K>[] {
  return graph.ofKind(kind).filter((each: QueryHolder) => isUsersOwn(graph, each));
}

/** Functions and procedures that are neither the platform's nor an extension's. */
export const userRoutines = askedOnce((graph) => users(graph, 'function').filter((each) => each.body !== null));

export interface HeldWrite extends HeldQuery {
  readonly write: Write;
}

/** Does a SECURITY DEFINER function set the column in some row? Clients need no policy for it then. */
export function isSetByDefiner(graph: SchemaGraph, { id, relation }: EntityOf<'column'>): boolean {
  return writesTo(graph, relation).some(
    ({ write, holder }) =>
      holder.kind === 'function' &&
      holder.security === 'definer' &&
      write.sets.some(({ column }) => column === null || column === id),
  );
}

/** What functions, procedures and rules of the schema write to a table. */
export function writesTo(graph: SchemaGraph, table: EntityId): readonly HeldWrite[] {
  return writesByTable(graph).get(table) ?? [];
}

const writesByTable = askedOnce((graph): ReadonlyMap<EntityId, readonly HeldWrite[]> => {
  const byTable = new Map<EntityId, HeldWrite[]>();
  for (const { holder, query } of queriesInSchema(graph)) {
    for (const write of query.writes) {
      if (write.relation === null) continue;
      const list = byTable.get(write.relation) ?? [];
      byTable.set(write.relation, list);
      list.push({ holder, query, write });
    }
  }
  return byTable;
});

/** The routines of which not everything is known: unread bodies, EXECUTE of a text made at run time. */
export function opaqueRoutines(graph: SchemaGraph): readonly RoutineShape[] {
  return userRoutines(graph)
    .map((each) => routineShape(graph, each))
    .filter((each) => !each.isWhole);
}

/** What could not be read, with the routine it is in. */
export function unreadRoutines(
  graph: SchemaGraph,
): readonly { readonly routine: EntityOf<'function'>; readonly part: UnreadPart }[] {
  return userRoutines(graph).flatMap((routine) =>
    routineShape(graph, routine).unread.map((part) => ({ routine, part })),
  );
}

/** The tests of a condition about one row (a policy's clause, an index predicate, a CHECK) on that row's own columns. */
export function rowTests(condition: BoundExpression): readonly ColumnTest[] {
  const known = testsOf.get(condition);
  if (known !== undefined) return known;
  const own: ColumnTest[] = [];
  for (const each of conjuncts(condition.tree))
    for (const { test, isOuter } of testsIn(each, condition)) if (isOuter) own.push(test);
  testsOf.set(condition, own);
  return own;
}

const testsOf = new WeakMap<BoundExpression, readonly ColumnTest[]>();
