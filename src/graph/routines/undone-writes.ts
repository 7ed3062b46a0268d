import type { PlStatement } from '../../sql/plpgsql.ts';
import type { EntityOf } from '../entities/index.ts';
import { eachStatement, handlersAround, listsIn, mayLeave, raisesError } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { WriteTo } from '../triggers/trigger-deeds.ts';

/** What a routine writes before it raises an error that nothing in it catches. */
export interface UndoneWrite {
  readonly writes: readonly WriteTo[];
  readonly raise: Extract<PlStatement, { readonly kind: 'raise' }>;
}

/**
 * `update …; raise exception …` in one list of statements, the first perhaps under an IF, so that whoever comes to it comes to the second: an error undoes all that its
 * transaction, or the block around that catches it, has done (docs, 41.6.8). Not what a COMMIT stands behind, nor a DELETE in a handler: what it clears
 * away the error has undone already.
 */
export function undoneWrites(graph: SchemaGraph, routine: EntityOf<'function'>): readonly UndoneWrite[] {
  const { block, writes } = routineShape(graph, routine);
  if (block === null) return [];
  const byTree = new Map(writes.map(({ query, write }) => [query.node, write] as const));
  const handled = inHandlers(block);
  const writtenBy = (statement: PlStatement): readonly WriteTo[] => {
    const write = statement.kind === 'sql' ? byTree.get(statement.sql.tree) : undefined;
    const isClearing = write?.kind === 'delete' && handled.has(statement);
    return write === undefined || write.relation === null || isClearing ? [] : [{ ...write, relation: write.relation }];
  };
  return [...eachStatement([block])].flatMap(({ statement: holder, parents }) =>
    listsIn(holder).flatMap((list): readonly UndoneWrite[] => {
      const end = list.findIndex(raisesError);
      const raise = list[end];
      if (raise?.kind !== 'raise' || handlersAround(raise, [...parents, holder]).length > 0) return [];
      const before = list.slice(0, end);
      const kept = before.findLastIndex((each) =>
        [...eachStatement([each])].some(({ statement }) => isKeeping(statement)),
      );
      const undone = comingTo(before.slice(kept + 1)).flatMap(writtenBy);
      return undone.length === 0 ? [] : [{ writes: undone, raise }];
    }),
  );
}

function inHandlers(block: PlStatement): ReadonlySet<PlStatement> {
  const handlers = [...eachStatement([block])].flatMap(({ statement }) =>
    statement.kind === 'block' ? statement.handlers : [],
  );
  return new Set(handlers.flatMap(({ body }) => [...eachStatement(body)].map(({ statement }) => statement)));
}

/** They and what stands in their branches, without those that end in an error of their own: that undoes what is written there. */
function comingTo(list: readonly PlStatement[]): readonly PlStatement[] {
  return list.flatMap((each) => [
    each,
    ...listsIn(each).flatMap((inner) => (inner.some(raisesError) ? [] : comingTo(inner))),
  ]);
}

/** What stands before it may stay: the routine may leave here, or ends its transaction. */
function isKeeping(statement: PlStatement): boolean {
  return statement.kind === 'commit' || (mayLeave(statement) && !raisesError(statement));
}
