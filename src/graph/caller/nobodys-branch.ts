import type { Node } from '@pgsql/types';
import type { Expression } from '../../sql/expression.ts';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { type CertainRun, certainRun } from '../query-shapes/certain-run.ts';
import { derivedFrom } from '../query-shapes/derived-variables.ts';
import { eachStatement, leaves, ownExpressions, variablesSetBy } from '../query-shapes/pl-statements.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { askedSecrets } from '../secrets/asked-secrets.ts';
import { sourceOf } from './caller-source.ts';
import { type KnownCaller, knownOfCaller } from './known-callers.ts';

type If = Extract<PlStatement, { readonly kind: 'if' }>;

/** The IF that asks something of those alone who are signed in. */
export interface NobodysBranch {
  readonly condition: PlExpression;
  /** Does it hold for those who are not, `auth.uid() is null`, and not for all others: `auth.uid() is not null`? */
  readonly isMet: boolean;
}

/**
 * The IF that spares those who are not signed in what it asks of all others: `if auth.uid() is null then … else if not is_admin() then raise`, and the other way
 * round. Their branch asks nothing of who calls and no secret, and nothing outside the IF does. The service key has no user either, and is often meant.
 * @param asksNothing is the caller, or a variable that holds it, only written down in the expression, or told?
 * @param isFollowing are the functions looked into that it calls?
 */
export function nobodysBranch(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  asksNothing: (bound: Bound, isHeld: (node: Node) => boolean) => boolean,
  isFollowing = true,
): NobodysBranch | undefined {
  const shape = routineShape(graph, routine);
  if (shape.block === null || !shape.isWhole || askedSecrets(graph, routine).length > 0) return undefined;
  const asNobody = runOf(graph, shape, 'nobody');
  const asUser = runOf(graph, shape, 'user');
  if (asNobody.end?.kind === 'raises') return undefined;
  const bound = new Map(shape.expressions.map((each) => [each.tree, each]));
  /** What it calls may spare them as well. */
  const spares = (node: Node, each: Bound): boolean => {
    const called = isFollowing ? calledFunction(graph, node, each) : undefined;
    return called !== undefined && nobodysBranch(graph, called, () => false, false) !== undefined;
  };
  const asks = ({ tree }: Expression): boolean => {
    const each = bound.get(tree);
    return (
      each === undefined || anyNode(tree, (node) => sourceOf(graph, node, each) !== undefined && !spares(node, each))
    );
  };
  const goesByCaller = derivedFrom(
    shape.block,
    shape.expressions,
    (node, each) => sourceOf(graph, node, each) !== undefined,
  );
  const isAsking = ({ tree }: Expression): boolean => {
    const each = bound.get(tree);
    return each === undefined || goesByCaller(tree, each);
  };
  for (const { statement, worthOf } of asNobody.reached) {
    const parted = statement.kind === 'if' ? partedIn(statement) : undefined;
    if (statement.kind !== 'if' || parted === undefined) continue;
    const { condition, isMet, nobodys } = parted;
    const isSure = worthOf(condition.tree) === isMet && worthFor(asUser, statement, condition.tree) === !isMet;
    if (!isSure || leaves(nobodys)) continue;
    const isOpen = [...eachStatement(nobodys)].every((each) =>
      ownExpressions(each.statement).every((own) => isPlain(bound.get(own.tree))),
    );
    if (!isOpen || !refusesOthers(parted, isAsking)) continue;
    return asksElsewhere(shape, statement, parted, asks, (each, isHeld) => {
      const own = bound.get(each.tree);
      return own !== undefined && asksNothing(own, isHeld);
    })
      ? undefined
      : { condition, isMet };
  }
  return undefined;
}

/** The branches of an IF that asks whether anybody is signed in. */
interface Parted extends NobodysBranch {
  readonly nobodys: readonly PlStatement[];
  /** Those of the others that ask for more. */
  readonly asking: If['branches'];
  /** What only the others come to. */
  readonly others: readonly PlStatement[];
}

function partedIn({ branches, else: last = [] }: If): Parted | undefined {
  const [first, ...more] = branches;
  const test = fieldsOf(first?.condition.tree, 'NullTest');
  if (first === undefined || test === undefined) return undefined;
  const { condition, body } = first;
  if (test.nulltesttype === 'IS_NULL') {
    const others = [...more.flatMap((each) => each.body), ...last];
    return { condition, isMet: true, nobodys: body, asking: more, others };
  }
  return more.length > 0 ? undefined : { condition, isMet: false, nobodys: last, asking: [], others: body };
}

function runOf(graph: SchemaGraph, shape: RoutineShape, caller: KnownCaller): CertainRun {
  return certainRun(shape, knownOfCaller(graph, shape, caller));
}

function worthFor({ reached }: CertainRun, statement: PlStatement, tree: Node) {
  return reached.find((each) => each.statement === statement)?.worthOf(tree);
}

/** Does it call nothing but what Postgres brings, and read no setting? */
function isPlain(bound: Bound | undefined): boolean {
  if (bound === undefined || bound.references.some(({ kind }) => kind === 'function')) return false;
  return !anyNode(
    bound.tree,
    (node) =>
      'SQLValueFunction' in node || writtenName(fieldsOf(node, 'FuncCall')?.funcname).name === 'current_setting',
  );
}

/** Do the other branches refuse some of those who are signed in? */
function refusesOthers({ asking, others }: Parted, asks: (each: Expression) => boolean): boolean {
  if (asking.some(({ condition, body }) => asks(condition) && leaves(body))) return true;
  return [...eachStatement(others)].some(
    ({ statement: each }) =>
      each.kind === 'if' && each.branches.some(({ condition, body }) => asks(condition) && leaves(body)),
  );
}

/** Does anything outside the other branches go by who calls, or by a variable that holds it and that the branch for nobody does not set? */
function asksElsewhere(
  shape: RoutineShape,
  spared: If,
  { nobodys, others }: Parted,
  asks: (each: Expression) => boolean,
  asksNothing: (each: Expression, isHeld: (node: Node) => boolean) => boolean,
): boolean {
  const passedBy = new Set([...eachStatement(others)].map(({ statement }) => statement));
  const holding = new Set<string>();
  const isHeld = (node: Node) => holding.has(stringsOf(fieldsOf(node, 'ColumnRef')?.fields)[0] ?? '');
  for (const { statement } of eachStatement(shape.block === null ? [] : [shape.block])) {
    if (passedBy.has(statement)) continue;
    if (statement.kind === 'if' && statement === spared) continue;
    for (const each of readBy(statement)) {
      const variable = heldIn(statement, each);
      if (asks(each) || anyNode(each.tree, isHeld)) {
        if (variable !== undefined) holding.add(variable);
        else if (!asksNothing(each, isHeld)) return true;
      } else if (variable !== undefined && nobodys.includes(statement)) holding.delete(variable);
    }
  }
  return false;
}

/** Its expressions, without the left side of an assignment. */
function readBy(statement: PlStatement): readonly PlExpression[] {
  return statement.kind === 'assign' ? [statement.value] : ownExpressions(statement);
}

function heldIn(statement: PlStatement, value: PlExpression): string | undefined {
  if (statement.kind === 'assign') return variablesSetBy(statement)[0];
  if (statement.kind !== 'block') return undefined;
  const declared = statement.declarations.find((each) => each.kind === 'variable' && each.default === value);
  return declared?.name;
}
