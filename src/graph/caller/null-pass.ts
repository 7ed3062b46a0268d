import type { A_Expr, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { walkBelow } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { Folded } from '../binding/questions/constant-value.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNullable } from '../nulls/nullability.ts';
import type { ApiCaller } from '../privileges/api-calls.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import { type Derived, derivedFrom } from '../query-shapes/derived-variables.ts';
import { variableOf } from '../query-shapes/operand.ts';
import { eachStatement, leaves, ownExpressions } from '../query-shapes/pl-statements.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import type { ReachedRows } from '../routines/reached-rows.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { sourceOf } from './caller-source.ts';
import { callerTests } from './caller-tests.ts';
import { knownOfCaller } from './known-callers.ts';
import { leftOpen, rowsHeldByBody } from './rows-left-open.ts';
import { SIGNED_IN } from './signed-out.ts';

type Routine = EntityOf<'function'>;
type IsIt = (node: Node, binding: Binding) => boolean;

/** An argument that has a routine pass all its questions for the caller where it is NULL, and rows that it reaches then. */
export interface NullPass {
  readonly parameter: string;
  /** The comparisons with it that are to refuse, in the order of the text, each with the whole condition. */
  readonly passed: readonly PassedTest[];
  readonly rows: ReachedRows;
}

export interface PassedTest {
  readonly comparison: A_Expr;
  readonly condition: PlExpression;
  /** It is compared with who calls, and not with what the row says. */
  readonly isOfCaller: boolean;
}

/**
 * `if auth.uid() <> p_user then raise …`, which is neither true nor false for NULL: whoever signs in and passes that is refused nowhere, and
 * the routine changes, adds or gives back rows all the same. Undefined where the body asks anything else of who calls, finds the rows by the argument as
 * well, writes it where NULL is refused, or hands it on; and where nobody at all is asked (`callerTests`).
 */
export function nullPass(graph: SchemaGraph, routine: Routine, callers: readonly ApiCaller[]): NullPass | undefined {
  const shape = routineShape(graph, routine);
  if (routine.isStrict || shape.block === null || !shape.isWhole) return undefined;
  if (callers.some(({ name }) => name !== 'authenticated') && callerTests(graph, routine).evaded.length > 0)
    return undefined;
  const held = rowsHeldByBody(graph, routine, callers);
  if (held.length === 0) return undefined;
  for (const [at, each] of routine.parameters.filter(isInput).entries()) {
    const found = each.name === null ? undefined : passOf(graph, shape, each.name, at + 1, held);
    if (found !== undefined) return found;
  }
  return undefined;
}

function passOf(
  graph: SchemaGraph,
  shape: RoutineShape,
  parameter: string,
  position: number,
  held: readonly ReachedRows[],
): NullPass | undefined {
  const { block, expressions } = shape;
  if (block === null) return undefined;
  const isIt: IsIt = (node, binding) => {
    const name = 'ColumnRef' in node || 'ParamRef' in node ? variableOf(node, binding) : null;
    return name === parameter || name === `$${position}`;
  };
  const bindings = new Map(expressions.map((each) => [each.tree, each]));
  const asks = derivedFrom(
    block,
    expressions,
    (node, bound) => isIt(node, bound) || sourceOf(graph, node, bound) !== undefined,
  );
  if (!expressions.some((each) => comparisonsWith(each, isIt).length > 0)) return undefined;
  if (!mayBeWritten(graph, shape, derivedFrom(block, expressions, isIt))) return undefined;
  const run = certainRun(
    shape,
    knownOfCaller(graph, shape, 'user'),
    new Map([
      [parameter, null],
      [`$${position}`, null],
    ]),
  );
  if (run.end?.kind === 'raises') return undefined;
  const reached = new Map(run.reached.map((each) => [each.statement, each.worthOf]));
  const passed: PassedTest[] = [];
  for (const { statement } of eachStatement([block])) {
    const own = ownExpressions(statement).filter((each) => {
      const bound = bindings.get(each.tree);
      return bound === undefined || asks(each.tree, bound);
    });
    if (own.some((each) => callsUsersOwn(graph, bindings.get(each.tree)))) return undefined;
    if (own.length === 0) continue;
    if (statement.kind === 'if') {
      const tests = testsPassed(statement, reached.get(statement), bindings, asks, isIt);
      if (tests === undefined) return undefined;
      passed.push(...tests);
    } else if (!ASKS_NOTHING.has(statement.kind) || (statement.kind === 'sql' && statement.into?.strict === true))
      return undefined;
  }
  if (!passed.some((each) => each.isOfCaller)) return undefined;
  const rows = leftOpen(held, block, new Set(reached.keys()), bindings, asks);
  return rows && { parameter, passed, rows };
}

/** What may hold the caller or the argument and refuses nobody by it. */
export const ASKS_NOTHING: ReadonlySet<PlStatement['kind']> = new Set([
  ...(['block', 'assign', 'sql', 'raise', 'return', 'return-next', 'return-query', 'for-query'] as const),
]);

/** The comparisons of a condition with the argument; undefined where one of its branches that asks for the caller is not surely passed by. */
function testsPassed(
  { branches }: Extract<PlStatement, { readonly kind: 'if' }>,
  worthOf: ((node: Node) => Folded) | undefined,
  bindings: ReadonlyMap<Node, Bound>,
  asks: Derived,
  isIt: IsIt,
): readonly PassedTest[] | undefined {
  if (worthOf === undefined) return undefined;
  const tests: PassedTest[] = [];
  for (const { condition, body } of branches) {
    const bound = bindings.get(condition.tree);
    if (bound === undefined) return undefined;
    for (const part of disjuncts(condition.tree)) {
      if (!asks(part, bound)) continue;
      const worth = worthOf(part);
      if (worth !== null && worth !== false) return undefined;
      if (worth === null && leaves(body))
        for (const { comparison, other } of comparisonsWith({ ...bound, tree: part }, isIt))
          tests.push({ comparison, condition, isOfCaller: worthOf(other) === SIGNED_IN });
    }
  }
  return tests;
}

/** `a <> p`, `not (a = p)`: what is to be true for whoever is to be refused. */
function comparisonsWith(bound: Bound, isIt: IsIt): readonly { readonly comparison: A_Expr; readonly other: Node }[] {
  const found: { readonly comparison: A_Expr; readonly other: Node }[] = [];
  walkBelow(bound.tree, (tag, node, parents) => {
    if (tag === 'SubLink') return 'skip';
    const comparison = fieldsOf(node, 'A_Expr');
    const { kind, name, lexpr, rexpr } = comparison ?? {};
    if (comparison === undefined || kind !== 'AEXPR_OP' || lexpr === undefined || rexpr === undefined) return undefined;
    const isNot = fieldsOf(parents.at(-1)?.node, 'BoolExpr')?.boolop === 'NOT_EXPR';
    if (stringsOf(name).at(-1) !== (isNot ? '=' : '<>')) return undefined;
    for (const [own, other] of [
      [lexpr, rexpr],
      [rexpr, lexpr],
    ] as const)
      if (isAlone(own, bound, isIt)) found.push({ comparison, other });
    return undefined;
  });
  return found;
}

function isAlone(node: Node, bound: Bound, isIt: IsIt): boolean {
  const inner = fieldsOf(node, 'TypeCast')?.arg ?? node;
  return isIt(inner, bound);
}

/** May a NULL be written wherever the argument is? */
function mayBeWritten(graph: SchemaGraph, { writes }: RoutineShape, isOfIt: Derived): boolean {
  return writes.every(({ query, write }) => {
    const table = write.relation === null ? undefined : graph.find(write.relation);
    return [...write.sets, ...(write.onConflict?.sets ?? [])].every(({ column, value, from }) => {
      if (from === 'default' || (value !== null && !isOfIt(value, query.binding))) return true;
      if (column === null || table?.kind !== 'table') return false;
      const written = graph.get('column', column);
      const command = write.kind === 'insert' ? 'insert' : 'update';
      return isNullable(graph, written) && !isGuarded(graph, table, written, command);
    });
  });
}

function callsUsersOwn(graph: SchemaGraph, bound: Bound | undefined): boolean {
  return (
    bound === undefined ||
    bound.references.some(({ kind, target }) => {
      const called = kind === 'function' ? graph.find(target) : undefined;
      return called !== undefined && isUsersOwn(graph, called);
    })
  );
}
