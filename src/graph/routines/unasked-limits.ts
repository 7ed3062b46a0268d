import { askedOnce } from '../asked-once.ts';
import type { Entity, EntityOf } from '../entities/index.ts';
import { type LimitPair, limitPairs } from '../lexicon/limit-pairs.ts';
import type { Write } from '../query-shapes/query.ts';
import { userRoutines, writesTo } from '../query-shapes/schema-queries.ts';
import { type Step, stepOf } from '../query-shapes/step.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNamedInBody } from './function-body.ts';

/** A number that a function of the schema counts up, and the limit beside it that nothing of the schema looks at. */
export interface UnaskedLimit extends LimitPair {
  readonly function: EntityOf<'function'>;
  readonly write: Write;
}

/** Not told where the limit's name stands in any body, or a view, a policy, a trigger or a CHECK of the two goes by it. */
export const unaskedLimits = askedOnce((graph: SchemaGraph, table: EntityOf<'table'>): readonly UnaskedLimit[] =>
  limitPairs(graph, table.id).flatMap((pair) => {
    const counting = writesTo(graph, table.id).find(({ holder, write }) => {
      return holder.kind === 'function' && write.kind === 'update' && countsUp(write, pair);
    });
    if (counting?.holder.kind !== 'function' || isAsked(graph, pair)) return [];
    return [{ ...pair, function: counting.holder, write: counting.write }];
  }),
);

function countsUp({ sets }: Write, { counter }: LimitPair): boolean {
  return sets.some(({ column, name, value }) => column === counter.id && isOneMore(stepOf(value, name)));
}

function isOneMore(step: Step | undefined): boolean {
  return step?.sign === '+' && step.amount === '1';
}

function isAsked(graph: SchemaGraph, { counter, limit }: LimitPair): boolean {
  return (
    userRoutines(graph).some((each) => isNamedInBody(each, limit.name)) ||
    graph.dependents(limit.id).some((each) => goesBy(each, counter))
  );
}

function goesBy(entity: Entity, counter: EntityOf<'column'>): boolean {
  if (entity.kind === 'index' || entity.kind === 'table') return false;
  if (entity.kind !== 'checkConstraint') return true;
  return entity.expression.references.some(({ target }) => target === counter.id);
}
