import type { Node } from '@pgsql/types';
import { equalSides, unlikeSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode, nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';
import { valueUnder } from '../query-shapes/column-under.ts';
import { valueOfSelect, variableOf } from '../query-shapes/operand.ts';
import { eachStatement, isAlwaysReached, leaves, raisesError } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { argumentsOf } from '../routines/call-arguments.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { asksCaller } from './caller-source.ts';
import { keptArguments } from './sent-identity.ts';

type Routine = EntityOf<'function'>;

/**
 * The arguments that a PL/pgSQL routine asks to be the caller's, an organisation in the token or one that they are a member of, where that is all it asks of
 * who calls: `if my_org() is distinct from p_org then raise …`, or `perform check_org(p_org)` for a function that does so. Undefined where it asks anything
 * else, a rank among the members say, or nothing.
 */
export const groupsAsked = askedOnce((graph: SchemaGraph, routine: Routine): ReadonlySet<string> | undefined => {
  return askedIn(graph, routine, (body) => leaves(body), new Set());
});

function askedIn(
  graph: SchemaGraph,
  routine: Routine,
  isRefusal: (body: readonly PlStatement[]) => boolean,
  open: Set<Routine>,
): ReadonlySet<string> | undefined {
  const { block, expressions, isWhole } = routineShape(graph, routine);
  if (block === null || !isWhole || open.has(routine)) return undefined;
  open.add(routine);
  const kept = keptArguments(routine, block, expressions);
  const gates = gatesIn(block);
  const groups = new Set<string>();
  for (const each of expressions) {
    if (!asksCaller(graph, each.tree, each)) continue;
    const gate = gates.get(each.tree);
    if (gate?.kind === 'if' && !isRefusal(gate.body)) {
      // Whoever is let pass before that needs no group.
      if (leaves(gate.body)) continue;
      return undefined;
    }
    const asked = gate?.kind === 'if' ? refusedOthers(graph, each, kept) : calledGate(graph, gate, each, kept, open);
    if (asked === undefined) return undefined;
    for (const name of asked) groups.add(name);
  }
  return groups.size === 0 ? undefined : groups;
}

type Gate = { readonly kind: 'if'; readonly body: readonly PlStatement[] } | { readonly kind: 'perform' };

/** The conditions that decide whether the routine goes on, and the calls that each run comes to. */
function gatesIn(block: PlStatement): ReadonlyMap<Node, Gate> {
  const gates = new Map<Node, Gate>();
  const put = ({ tree }: PlExpression, gate: Gate) => gates.set(tree, gate);
  for (const { statement, parents } of eachStatement([block])) {
    if (!isAlwaysReachedButForRefusals(statement, parents)) continue;
    if (statement.kind === 'perform') put(statement.query, { kind: 'perform' });
    const [branch, another] = statement.kind === 'if' && statement.else === undefined ? statement.branches : [];
    if (branch !== undefined && another === undefined) put(branch.condition, { kind: 'if', body: branch.body });
  }
  return gates;
}

/** Is it a statement of the body itself, whatever before it may refuse? */
function isAlwaysReachedButForRefusals(statement: PlStatement, parents: readonly PlStatement[]): boolean {
  if (isAlwaysReached(statement, parents)) return true;
  const [body, another] = parents;
  return another === undefined && body?.kind === 'block' && body.handlers.length === 0;
}

/** The arguments that a refusing condition asks to be the caller's; undefined where it asks for more. */
function refusedOthers(graph: SchemaGraph, bound: Bound, kept: ReadonlySet<string>): readonly string[] | undefined {
  const groups: string[] = [];
  for (const each of disjuncts(bound.tree)) {
    if (!asksCaller(graph, each, bound) || isSignedInTest(each)) continue;
    // Of what stands beside it in an AND another may let pass as well.
    const asked = conjuncts(each).flatMap((part) => unlikeGroup(graph, part, bound, kept) ?? []);
    if (asked.length === 0) return undefined;
    groups.push(...asked);
  }
  return groups;
}

/** `auth.uid() is null`. */
function isSignedInTest(node: Node): boolean {
  const test = fieldsOf(node, 'NullTest');
  const value = valueOfSelect(test?.arg);
  return value !== undefined && 'FuncCall' in value;
}

/** `my_org() <> p_org`, `not (p_org = my_org())`, `not exists (select 1 from members where org_id = p_org and user_id = auth.uid())`. */
function unlikeGroup(
  graph: SchemaGraph,
  part: Node,
  bound: Bound,
  kept: ReadonlySet<string>,
): readonly string[] | undefined {
  const negated = fieldsOf(part, 'BoolExpr')?.boolop === 'NOT_EXPR' ? fieldsOf(part, 'BoolExpr')?.args?.[0] : undefined;
  for (const [own, other] of negated === undefined ? unlikeSides(part) : equalSides(negated)) {
    const name = variableOf(valueUnder(own).value, bound);
    if (name !== null && kept.has(name) && asksCaller(graph, other, bound) && !hasText(other)) return [name];
  }
  return negated === undefined ? undefined : memberOf(graph, negated, bound, kept);
}

/** The arguments by which a membership of the caller's is looked for, whichever rank it has. */
function memberOf(
  graph: SchemaGraph,
  node: Node,
  bound: Bound,
  kept: ReadonlySet<string>,
): readonly string[] | undefined {
  const link = fieldsOf(node, 'SubLink');
  if (link?.subLinkType === 'EXISTS_SUBLINK')
    return isPlainLookup(node) && asksCaller(graph, node, bound) ? given(node, bound, kept) : undefined;
  const called = calledFunction(graph, node, bound);
  const call = fieldsOf(node, 'FuncCall');
  if (called === undefined || call === undefined || !isUsersOwn(graph, called)) return undefined;
  const { expressions, isWhole, calls } = routineShape(graph, called);
  const [body, another] = expressions;
  if (body === undefined || another !== undefined || !isWhole || !isPlainLookup(body.tree)) return undefined;
  return calls.some((id) => isUsersOwn(graph, graph.get('function', id))) ? undefined : given(node, bound, kept);
}

function given(node: Node, bound: Bound, kept: ReadonlySet<string>): readonly string[] | undefined {
  const names = nodesOf(node, 'ColumnRef').flatMap((reference) => {
    const name = variableOf({ ColumnRef: reference }, bound);
    return name !== null && kept.has(name) ? [name] : [];
  });
  return names.length === 0 ? undefined : [...new Set(names)];
}

/** One table, two equalities and no constant that could be a rank: what a membership is found by. */
function isPlainLookup(tree: Node): boolean {
  const wheres = nodesOf(tree, 'SelectStmt').flatMap(({ whereClause }) => whereClause ?? []);
  const [where, another] = wheres;
  return (
    nodesOf(tree, 'RangeVar').length === 1 &&
    where !== undefined &&
    another === undefined &&
    conjuncts(where).length === 2 &&
    conjuncts(where).every((each) => equalSides(each).length > 0) &&
    !hasText(where)
  );
}

function hasText(node: Node | undefined): boolean {
  return anyNode(node, (each) => {
    const constant = fieldsOf(each, 'A_Const');
    return constant !== undefined && (constant.sval !== undefined || constant.boolval !== undefined);
  });
}

/** `perform check_org(p_org)`: what the function asks of its own arguments, and ends in an error otherwise. */
function calledGate(
  graph: SchemaGraph,
  gate: Gate | undefined,
  bound: Bound,
  kept: ReadonlySet<string>,
  open: Set<Routine>,
): readonly string[] | undefined {
  const [target, another] = gate === undefined ? [] : (fieldsOf(bound.tree, 'SelectStmt')?.targetList ?? []);
  const node = another === undefined ? fieldsOf(target, 'ResTarget')?.val : undefined;
  const [called, call] = [calledFunction(graph, node, bound), fieldsOf(node, 'FuncCall')];
  if (called === undefined || call === undefined || !isUsersOwn(graph, called)) return undefined;
  const asked = askedIn(graph, called, (body) => body.some(raisesError), open);
  const args = argumentsOf(called, call);
  if (asked === undefined || args === undefined) return undefined;
  const names = [...asked].map((each) => variableOf(args.get(each), bound));
  return names.every((each) => each !== null && kept.has(each)) ? names.flatMap((each) => each ?? []) : undefined;
}
