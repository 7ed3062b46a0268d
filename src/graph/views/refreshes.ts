import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { groupedBy } from '../grouping.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A routine that refreshes a materialized view. */
export interface Refresh {
  readonly routine: EntityOf<'function'>;
  readonly view: EntityId;
  readonly isConcurrent: boolean;
}

/** What refreshes the materialized view inside the schema; jobs and code outside of it are not seen. */
export function refreshesOf(graph: SchemaGraph, view: EntityId): readonly Refresh[] {
  return refreshes(graph).byView.get(view) ?? [];
}

/** What the routine refreshes. */
export function refreshedBy(graph: SchemaGraph, routine: EntityOf<'function'>): readonly Refresh[] {
  return refreshes(graph).byRoutine.get(routine.id) ?? [];
}

interface Refreshes {
  readonly byView: ReadonlyMap<EntityId, readonly Refresh[]>;
  readonly byRoutine: ReadonlyMap<EntityId, readonly Refresh[]>;
}

const refreshes = askedOnce((graph): Refreshes => {
  const found: Refresh[] = [];
  for (const routine of graph.ofKind('materializedView').length === 0 ? [] : userRoutines(graph)) {
    for (const { tree } of expressionsOf(bodyTree(routine))) {
      walk(tree, (_, node) => {
        const statement = fieldsOf(node, 'RefreshMatViewStmt');
        const { schemaname, relname = '' } = statement?.relation ?? {};
        const schemas = schemaname === undefined ? ['public', routine.name.schema] : [schemaname];
        const view = schemas.map((schema) => graph.relation({ schema, name: relname })).find((each) => each);
        if (statement === undefined || view === undefined) return undefined;
        found.push({ routine, view: view.id, isConcurrent: statement.concurrent === true });
        return undefined;
      });
    }
  }
  return { byView: groupedBy(found, ({ view }) => view), byRoutine: groupedBy(found, ({ routine }) => routine.id) };
});

/** Has the view a unique index by which CONCURRENTLY finds rows? is_usable_unique_index(), src/backend/commands/matview.c. */
export function takesConcurrentRefresh(graph: SchemaGraph, view: EntityOf<'materializedView'>): boolean {
  return graph
    .ownedBy(view.id, 'index')
    .some((each) => each.isUnique && each.isValid && each.predicate === null && each.keys.every((key) => key.column));
}
