import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { resultKind } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { certainResult } from '../query-shapes/certain-run.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { bodyTree } from '../routines/body-tree.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { knownOfCaller } from './known-callers.ts';
import { isNullFrom, nullParameters } from './null-results.ts';
import { isNeverTrueSignedIn, isNeverTrueSignedOut, isNullSignedOut } from './signed-out.ts';

type Routine = EntityOf<'function'>;

const NONE: ReadonlySet<string> = new Set();

/**
 * Does the condition never hold for a signed-out caller, whatever the row, also by what the functions say that it calls? False also where that
 * cannot be told.
 */
export const isClosedToSignedOut = askedOnce((graph: SchemaGraph, expression: BoundExpression): boolean =>
  isNeverTrueSignedOut(expression.tree, expression, NONE, refusingCalls(graph, expression)),
);

/** Does it hold for neither the signed-out nor a signed-in user, as `auth.role() = 'service_role'` does? */
export const isClosedToClients = askedOnce(
  (graph: SchemaGraph, expression: BoundExpression): boolean =>
    isClosedToSignedOut(graph, expression) && isNeverTrueSignedIn(expression),
);

/**
 * What calls of the user's functions come to for a caller who is not signed in: `has_role(auth.uid(), 'admin')` is false, as it looks for a row
 * by a NULL.
 */
function refusingCalls(graph: SchemaGraph, expression: BoundExpression): Assumption {
  return (node) => {
    const call = fieldsOf(node, 'FuncCall');
    const called = call && calledFunction(graph, node, expression);
    if (call === undefined || called === undefined || !isUsersOwn(graph, called)) return undefined;
    if (resultKind(called) !== 'value' || graph.isDoubtful(called, ['functions'])) return undefined;
    const given = nullParameters(called, call, (each) => isNullSignedOut(each, expression, NONE));
    if (given === undefined) return undefined;
    if (called.isStrict && given.size > 0) return null;
    return outcomeFrom(graph, called, given);
  };
}

/** NULL, which equals nothing; false, or NULL; undefined where it may be more. */
type Outcome = null | false | undefined;

const known = new WeakMap<Routine, Map<string, Outcome>>();

function outcomeFrom(graph: SchemaGraph, routine: Routine, given: ReadonlySet<string>): Outcome {
  const answers = known.get(routine) ?? new Map<string, Outcome>();
  known.set(routine, answers);
  const key = [...given].sort().join();
  if (!answers.has(key)) answers.set(key, outcomeOf(graph, routine, given));
  return answers.get(key);
}

/** Of a body that comes to NULL, is one query, RETURN and nothing else, or gives the same on each way. A query without a row gives NULL (docs, 36.5). */
function outcomeOf(graph: SchemaGraph, routine: Routine, given: ReadonlySet<string>): Outcome {
  if (isNullFrom(graph, routine, given)) return null;
  const shape = routineShape(graph, routine);
  const { block, expressions } = shape;
  const ofNobody = certainResult(
    shape,
    knownOfCaller(graph, shape, 'nobody'),
    new Map([...given].map((name) => [name, null])),
  );
  if (ofNobody === false || ofNobody === null) return ofNobody;
  if (bodyTree(routine).language === 'sql') {
    const [only, ...more] = expressions;
    const select = fieldsOf(only?.tree, 'SelectStmt');
    if (only === undefined || select === undefined || more.length > 0) return undefined;
    const value = fieldsOf(select.targetList?.[0], 'ResTarget')?.val;
    const isNever = select.fromClause === undefined && value !== undefined && isNeverTrueSignedOut(value, only, given);
    return isNever ? false : undefined;
  }
  const statements = block === null ? [] : [...eachStatement([block])].map(({ statement }) => statement);
  if (block === null || block.declarations.length > 0 || block.handlers.length > 0) return undefined;
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const returned = statements.flatMap((each) => (each.kind === 'return' && each.value ? [each.value] : []));
  const isNever =
    returned.length > 0 &&
    statements.every(({ kind }) => kind === 'block' || kind === 'return') &&
    returned.every((value) => {
      const each = bound.get(value.tree);
      return each !== undefined && isNeverTrueSignedOut(each.tree, each, given);
    });
  return isNever ? false : undefined;
}
