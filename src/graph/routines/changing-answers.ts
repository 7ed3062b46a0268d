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
interface ChangingAnswer {
  readonly kind: 'time' | 'session' | 'chance' | 'table';
  /** `now()`, `current_user`; of a table its name. */
  readonly asked: string;
}

/** Calls within calls that are followed. */
const MAX_DEPTH = 3;

const CALLS: ReadonlyMap<string, ChangingAnswer['kind']> = new Map([
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
const changingAnswer = askedOnce((graph: SchemaGraph, routine: Routine): ChangingAnswer | undefined =>
  changingIn(graph, routine, 0),
);

function changingIn(graph: SchemaGraph, routine: Routine, depth: number): ChangingAnswer | undefined {
  if (depth > MAX_DEPTH || routine.routine !== 'function' || !isUsersOwn(graph, routine)) return undefined;
  if (graph.isDoubtful(routine, ['functions'])) return undefined;
  const shape = routineShape(graph, routine);
  for (const each of shape.expressions) {
    const found = askedBy(graph, each, depth);
    if (found !== undefined) return found;
  }
  for (const { kind, sources } of shape.queries)
    for (const { relation } of kind === 'select' ? sources : []) {
      const read = graph.find(relation);
      if (read?.kind === 'table' && isUsersOwn(graph, read)) return { kind: 'table', asked: read.name.name };
    }
  return undefined;
}

function askedBy(graph: SchemaGraph, bound: Bound | BoundExpression, depth: number): ChangingAnswer | undefined {
  for (const { op = '' } of nodesOf(bound.tree, 'SQLValueFunction')) {
    const asked = op.replace(/^SVFOP_|_N$/g, '').toLowerCase();
    if (TIMES.test(op)) return { kind: 'time', asked };
    if (PEOPLE.test(op)) return { kind: 'session', asked };
  }
  for (const call of nodesOf(bound.tree, 'FuncCall')) {
    const { schema, name } = writtenName(call.funcname);
    if (isCallerCall(call, bound)) return { kind: 'session', asked: `${schema === 'auth' ? 'auth.' : ''}${name}()` };
    const called = calledFunction(graph, { FuncCall: call }, bound);
    const kind = called === undefined || !isUsersOwn(graph, called) ? CALLS.get(name) : undefined;
    if (kind !== undefined) return { kind, asked: `${name}()` };
    const within = called === undefined ? undefined : changingIn(graph, called, depth + 1);
    if (within !== undefined) return within;
  }
  return undefined;
}

/** A function of the user's that an expression calls as IMMUTABLE, though its answer changes. */
export interface FalselyImmutable {
  readonly routine: Routine;
  readonly answer: ChangingAnswer;
}

export function falselyImmutableIn(graph: SchemaGraph, expression: BoundExpression): FalselyImmutable | undefined {
  for (const call of nodesOf(expression.tree, 'FuncCall')) {
    const routine = calledFunction(graph, { FuncCall: call }, expression);
    if (routine?.volatility !== 'immutable') continue;
    const answer = changingAnswer(graph, routine);
    if (answer !== undefined) return { routine, answer };
  }
  return undefined;
}
