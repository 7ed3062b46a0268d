import type { SourceLocation } from '../../sql/location.ts';
import type { PlBlock, PlHandler } from '../../sql/plpgsql.ts';
import { isTriggerFunction } from '../api-calls.ts';
import type { EntityOf } from '../entities/index.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { WriteTo } from '../trigger-deeds.ts';
import type { Failure } from './failures.ts';

type Routine = EntityOf<'function'>;

/** A write that always fails, and of whose error nobody hears. */
export interface SwallowedFailure {
  /** What the statement would write; nothing else in the routine does. */
  readonly writes: readonly WriteTo[];
  /** WHEN OTHERS. */
  readonly handler: SourceLocation;
}

/** Of a failure that a handler for OTHERS catches: where that does nothing with it, and the statement is the only one that writes there. */
export function swallowedFailure(
  graph: SchemaGraph,
  routine: Routine,
  { at, isCaught }: Failure,
): SwallowedFailure | undefined {
  const { block, queries, isWhole } = routineShape(graph, routine);
  if (block === null || at === null || !isCaught || !isWhole) return undefined;
  const handler = handlerAround(block, at);
  if (handler === undefined || handler.at.file === '' || !isQuiet(handler, routine)) return undefined;
  const failing = queries.filter((each) => each.role === 'statement' && each.at !== null && contains(each.at, at));
  const lost = failing.flatMap((each) => each.writes);
  const others = queries.filter((each) => !failing.includes(each)).flatMap((each) => each.writes);
  const isElsewhere = others.some(
    (each) => each.relation === null || lost.some((one) => one.relation === each.relation),
  );
  const writes = lost.flatMap((each) => (each.relation === null ? [] : [{ ...each, relation: each.relation }]));
  return isElsewhere || writes.length === 0 ? undefined : { writes, handler: handler.at };
}

/** The innermost handler for OTHERS whose block the place is in. */
function handlerAround(block: PlBlock, at: SourceLocation): PlHandler | undefined {
  const around = [...eachStatement([block])].flatMap(({ statement }) => {
    if (statement.kind !== 'block' || !statement.body.some((each) => contains(each.at, at))) return [];
    return statement.handlers.find(({ conditions }) => conditions.some(({ value }) => value === 'others')) ?? [];
  });
  return around.at(-1);
}

function contains(outer: SourceLocation, { file, start, end }: SourceLocation): boolean {
  return outer.file === file && outer.start <= start && end <= outer.end;
}

/** NULL, CONTINUE, RETURN without a value, or RETURN of a trigger's row: what is returned tells nothing of the error. */
function isQuiet({ body }: PlHandler, routine: Routine): boolean {
  return body.every(
    (each) =>
      each.kind === 'null' ||
      each.kind === 'continue' ||
      (each.kind === 'return' && (each.value === undefined || isTriggerFunction(routine))),
  );
}
