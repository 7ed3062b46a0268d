import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A routine that refreshes a materialized view. */
export interface Refresh {
  readonly routine: EntityOf<'function'>;
  readonly isConcurrent: boolean;
}

/** What refreshes the materialized view inside the schema; jobs and code outside of it are not seen. */
export function refreshesOf(graph: SchemaGraph, view: EntityId): readonly Refresh[] {
  return refreshes(graph).get(view) ?? [];
}

/** The materialized views that the routine refreshes. */
export function refreshedBy(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
): readonly { readonly view: EntityId; readonly isConcurrent: boolean }[] {
  return [...refreshes(graph)].flatMap(([view, all]) =>
    all.flatMap((each) => (each.routine === routine ? [{ view, isConcurrent: each.isConcurrent }] : [])),
  );
}

const refreshes = askedOnce((graph): ReadonlyMap<EntityId, readonly Refresh[]> => {
  const byView = new Map<EntityId, Refresh[]>();
  if (graph.ofKind('materializedView').length === 0) return byView;
  for (const routine of userRoutines(graph)) {
    for (const { tree } of expressionsOf(bodyTree(routine))) {
      walk(tree, (_, node) => {
        const statement = fieldsOf(node, 'RefreshMatViewStmt');
        const { schemaname, relname = '' } = statement?.relation ?? {};
        const schemas = schemaname === undefined ? ['public', routine.name.schema] : [schemaname];
        const view = schemas.map((schema) => graph.relation({ schema, name: relname })).find((each) => each);
        if (statement === undefined || view === undefined) return undefined;
        addTo(byView, view.id, { routine, isConcurrent: statement.concurrent === true });
        return undefined;
      });
    }
  }
  return byView;
});

/** Has the view a unique index by which CONCURRENTLY finds rows? is_usable_unique_index(), src/backend/commands/matview.c. */
export function takesConcurrentRefresh(graph: SchemaGraph, view: EntityOf<'materializedView'>): boolean {
  return graph
    .ownedBy(view.id, 'index')
    .some((each) => each.isUnique && each.isValid && each.predicate === null && each.keys.every((key) => key.column));
}
