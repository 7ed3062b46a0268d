import type { ColumnRef, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import { walk } from '../sql/walk.ts';
import { askedOnce } from './asked-once.ts';
import type { Binding } from './binding/binding.ts';
import type { BoundExpression } from './bound-expression.ts';
import { isCallerCall } from './caller-calls.ts';
import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { keyRoot } from './key-roots.ts';
import { conjuncts } from './query-shapes/column-tests.ts';
import { unwrapped } from './query-shapes/operand.ts';
import { routineShape } from './query-shapes/routine-shape.ts';
import { userRoutines } from './query-shapes/schema-queries.ts';
import type { SchemaGraph } from './schema-graph.ts';
import { isUsersOwn } from './users-own.ts';

type Column = EntityOf<'column'>;
export type KeyHolder = EntityOf<'policy' | 'view' | 'materializedView' | 'function'>;

/** One side of an equality: a column, or the caller's id (auth.uid()), and the key whose values it holds. */
export interface KeySide {
  /** Null for the caller's id. */
  readonly column: Column | null;
  readonly root: Column;
  /** As written, where it is a column. */
  readonly reference: ColumnRef | null;
}

/** An equality of values that are keys of two tables. */
export interface CrossedKeys {
  readonly holder: KeyHolder;
  readonly expression: BoundExpression;
  readonly sides: readonly [KeySide, KeySide];
  /** The comparison, or the subselect it is with. */
  readonly node: Node;
  /** Of a policy: no row passes its clause without it. */
  readonly isNeeded: boolean;
  /** Equalities of the same holder whose sides are keys of one table. */
  readonly matched: readonly (readonly [KeySide, KeySide])[];
}

/**
 * Equalities (`a = b`, `a in (select b …)`) between columns whose foreign keys lead to two tables, or of such a column with auth.uid(), in policies, views and
 * functions of the users. Not between two columns of one row.
 */
export const crossedKeys = askedOnce((graph): readonly CrossedKeys[] => {
  const users = accountKey(graph);
  const matchedBy = new Map<KeyHolder, (readonly [KeySide, KeySide])[]>();
  return held(graph).flatMap(({ holder, expression }) => {
    const found: CrossedKeys[] = [];
    const needed = holder.kind === 'policy' ? new Set(neededIn(expression.tree)) : undefined;
    const matched = matchedBy.get(holder) ?? [];
    matchedBy.set(holder, matched);
    walk(expression.tree, (_, node) => {
      const [one, two] = comparedIn(node)?.map((each) => sideOf(graph, each, expression, users)) ?? [];
      if (one === undefined || two === undefined) return undefined;
      if (one.root.id === two.root.id) matched.push([one, two]);
      else if (!isOneRow(expression, one, two)) {
        const isNeeded = needed?.has(node) === true;
        found.push({ holder, expression, sides: [one, two], node, isNeeded, matched });
      }
      return undefined;
    });
    return found;
  });
});

interface Held {
  readonly holder: KeyHolder;
  readonly expression: BoundExpression;
}

function held(graph: SchemaGraph): readonly Held[] {
  const own = <T extends KeyHolder>(list: readonly T[]) => list.filter((each) => isUsersOwn(graph, each));
  return [
    ...own(graph.ofKind('policy')).flatMap((holder) =>
      [holder.using, holder.check].flatMap((each) => (each === null ? [] : [{ holder, expression: each }])),
    ),
    ...[...own(graph.ofKind('view')), ...own(graph.ofKind('materializedView'))].map((holder) => ({
      holder,
      expression: holder.query,
    })),
    ...userRoutines(graph).flatMap((holder) =>
      routineShape(graph, holder).expressions.map((expression) => ({ holder, expression })),
    ),
  ];
}

function accountKey(graph: SchemaGraph): Column | undefined {
  const table = graph.relation({ schema: 'auth', name: 'users' });
  return table?.kind === 'table' ? graph.column(table.id, 'id') : undefined;
}

/** Both sides of `a = b` and of `a in (select b …)`. */
function comparedIn(node: Node): readonly [Node | undefined, Node | undefined] | undefined {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=') return [lexpr, rexpr];
  const { subLinkType, testexpr, operName, subselect } = fieldsOf(node, 'SubLink') ?? {};
  if (subLinkType !== 'ANY_SUBLINK' || (operName !== undefined && stringsOf(operName).at(-1) !== '=')) return undefined;
  const [target, ...more] = fieldsOf(subselect, 'SelectStmt')?.targetList ?? [];
  return more.length > 0 ? undefined : [testexpr, fieldsOf(target, 'ResTarget')?.val];
}

function sideOf(
  graph: SchemaGraph,
  node: Node | undefined,
  binding: Binding,
  users: Column | undefined,
): KeySide | undefined {
  const value = unwrapped(aloneIn(unwrapped(node)));
  const call = fieldsOf(value, 'FuncCall');
  if (call !== undefined) {
    const isCaller = isCallerCall(call, binding) && stringsOf(call.funcname).at(-1) === 'uid';
    return isCaller && users !== undefined ? { column: null, root: users, reference: null } : undefined;
  }
  const reference = fieldsOf(value, 'ColumnRef');
  const meaning = reference && binding.meanings.get(reference);
  if (reference === undefined || meaning?.kind !== 'column' || meaning.column === undefined) return undefined;
  const column = graph.find(meaning.column);
  const root = keyRoot(graph, meaning.column);
  return column?.kind === 'column' && root !== undefined ? { column, root, reference } : undefined;
}

/** `(select auth.uid())`: what a subselect that reads nothing gives. */
function aloneIn(node: Node | undefined): Node | undefined {
  const { subLinkType, subselect } = fieldsOf(node, 'SubLink') ?? {};
  const { targetList, fromClause } = fieldsOf(subselect, 'SelectStmt') ?? {};
  const [target, ...more] = targetList ?? [];
  if (subLinkType !== 'EXPR_SUBLINK' || fromClause !== undefined || more.length > 0) return node;
  return fieldsOf(target, 'ResTarget')?.val ?? node;
}

/** Of one row both may well be keys; that they are compared is told as a captured name. */
function isOneRow({ meanings }: Binding, one: KeySide, two: KeySide): boolean {
  const [left, right] = [one, two].map(({ reference }) => reference && meanings.get(reference));
  if (left?.kind !== 'column' || right?.kind !== 'column') return false;
  return left.level === right.level && left.source === right.source && left.relation === right.relation;
}

/** The conditions without which an expression is true of no row: by AND, and in the subselects that it asks for a row. */
function neededIn(condition: Node | undefined): readonly Node[] {
  return conjuncts(condition).flatMap((each) => {
    const { subLinkType, subselect } = fieldsOf(each, 'SubLink') ?? {};
    if (subLinkType !== 'EXISTS_SUBLINK' && subLinkType !== 'ANY_SUBLINK') return [each];
    const select = fieldsOf(subselect, 'SelectStmt');
    // A count gives a row of nothing as well.
    if (select?.groupClause !== undefined || (select?.targetList ?? []).some(isCall)) return [each];
    const joined = (select?.fromClause ?? []).flatMap(onlyJoined);
    return [each, ...neededIn(select?.whereClause), ...joined.flatMap(neededIn)];
  });
}

function isCall(target: Node): boolean {
  return fieldsOf(fieldsOf(target, 'ResTarget')?.val, 'FuncCall') !== undefined;
}

function onlyJoined(item: Node): readonly Node[] {
  const { jointype, larg, rarg, quals } = fieldsOf(item, 'JoinExpr') ?? {};
  if (jointype !== 'JOIN_INNER') return [];
  return [larg, rarg].flatMap((each) => (each === undefined ? [] : onlyJoined(each))).concat(quals ?? []);
}

/** The columns of a key's table that lead to another key. */
export function linksTo(graph: SchemaGraph, from: Column, to: Column): readonly Column[] {
  return graph
    .columns(from.relation)
    .filter((each) => each.id !== from.id && keyRoot(graph, each.id as EntityId)?.id === to.id);
}
