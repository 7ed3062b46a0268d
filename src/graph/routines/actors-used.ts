import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;

/**
 * Does more hang on who did it than what is shown: a trigger of the log looks at the column of a new entry, or a routine reads it there and writes
 * somewhere else? Points for whoever an entry names go to somebody else where it names somebody else.
 */
export function isActorUsed(graph: SchemaGraph, actor: Column): boolean {
  const triggered = new Set(
    graph
      .ownedBy(actor.relation, 'trigger')
      .filter(({ enabled }) => enabled !== 'disabled')
      .map((each) => each.function),
  );
  return userRoutines(graph).some(
    (each) => (triggered.has(each.id) && looksAtNew(graph, each, actor)) || worksWith(graph, each, actor),
  );
}

function looksAtNew(graph: SchemaGraph, routine: Routine, { name }: Column): boolean {
  return routineShape(graph, routine).expressions.some(({ tree }) =>
    anyNode(tree, (node) => {
      const [row, field] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
      return row === 'new' && field === name;
    }),
  );
}

function worksWith(graph: SchemaGraph, routine: Routine, { id, relation }: Column): boolean {
  const { queries, writes, expressions } = routineShape(graph, routine);
  const isRead = queries.some(({ sources }) => sources.some((each) => each.relation === relation && !each.isTarget));
  if (!isRead || !writes.some(({ write }) => write.relation !== relation)) return false;
  return expressions.some(({ references }) => references.some(({ target }) => target === id));
}
