import { writtenName } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { calledFunction } from './called-function.ts';
import { isCallerCall } from './caller-calls.ts';

type Routine = EntityOf<'function'>;

/** What an answer rests on beside the arguments, as a body asks for it. */
export type ChangingAnswer =
  /** `now()`, `current_user` */
  | { readonly kind: 'time' | 'session' | 'chance'; readonly asked: string }
  | { readonly kind: 'table'; readonly table: EntityOf<'table'> };

/** Calls within calls that are followed. */
const MAX_DEPTH = 3;

const CALLS: ReadonlyMap<string, 'time' | 'session' | 'chance'> = new Map([
  ...['now', 'clock_timestamp', 'statement_timestamp', 'transaction_timestamp', 'timeofday'].map(
    (each) => [each, 'time'] as const,
  ),
  ...['random', 'gen_random_uuid', 'uuid_generate_v4', 'nextval'].map((each) => [each, 'chance'] as const),
]);

/** `current_date` and its like, by the parser's names. */
const TIMES = /^SVFOP_(CURRENT_DATE|CURRENT_TIME|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP)(_N)?$/;
const PEOPLE = /^SVFOP_(CURRENT_ROLE|CURRENT_USER|USER|SESSION_USER)$/;

/**
 * What makes the answer of a function another one though its arguments are the same: the time, who asks, chance, or a table of the schema. What is STABLE for the
 * sake of settings alone (to_char, unaccent) is none: to wrap it is common, and does no harm while these stay.
 */
const changingAnswers = askedOnce((graph: SchemaGraph, routine: Routine): readonly ChangingAnswer[] =>
  changingIn(graph, routine, 0),
);

function changingIn(graph: SchemaGraph, routine: Routine, depth: number): readonly ChangingAnswer[] {
  if (depth > MAX_DEPTH || routine.routine !== 'function' || !isUsersOwn(graph, routine)) return [];
  if (graph.isDoubtful(routine, ['functions'])) return [];
  const shape = routineShape(graph, routine);
  const found = shape.expressions.flatMap((each) => askedBy(graph, each, depth));
  for (const { kind, sources } of shape.queries)
    for (const { relation } of kind === 'select' ? sources : []) {
      const table = graph.find(relation);
      if (table?.kind === 'table' && isUsersOwn(graph, table)) found.push({ kind: 'table', table });
    }
  return found;
}

function askedBy(graph: SchemaGraph, bound: Bound | BoundExpression, depth: number): readonly ChangingAnswer[] {
  const found: ChangingAnswer[] = [];
  for (const { op = '' } of nodesOf(bound.tree, 'SQLValueFunction')) {
    const asked = op.replace(/^SVFOP_|_N$/g, '').toLowerCase();
    if (TIMES.test(op)) found.push({ kind: 'time', asked });
    if (PEOPLE.test(op)) found.push({ kind: 'session', asked });
  }
  for (const call of nodesOf(bound.tree, 'FuncCall')) {
    const { schema, name } = writtenName(call.funcname);
    if (isCallerCall(call, bound)) {
      found.push({ kind: 'session', asked: `${schema === 'auth' ? 'auth.' : ''}${name}()` });
      continue;
    }
    const called = calledFunction(graph, { FuncCall: call }, bound);
    const kind = called === undefined || !isUsersOwn(graph, called) ? CALLS.get(name) : undefined;
    if (kind !== undefined) found.push({ kind, asked: `${name}()` });
    else if (called !== undefined) found.push(...changingIn(graph, called, depth + 1));
  }
  return found;
}

/** A function of the user's that an expression calls as IMMUTABLE, though its answer changes. */
export interface FalselyImmutable {
  readonly routine: Routine;
  /** What it rests on, as it comes in the body: one at least. */
  readonly answers: readonly [ChangingAnswer, ...ChangingAnswer[]];
}

export function falselyImmutableIn(graph: SchemaGraph, expression: BoundExpression): FalselyImmutable | undefined {
  for (const call of nodesOf(expression.tree, 'FuncCall')) {
    const routine = calledFunction(graph, { FuncCall: call }, expression);
    if (routine?.volatility !== 'immutable') continue;
    const [first, ...others] = changingAnswers(graph, routine);
    if (first !== undefined) return { routine, answers: [first, ...others] };
  }
  return undefined;
}
