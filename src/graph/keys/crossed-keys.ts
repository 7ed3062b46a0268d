import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { keyRoot } from './key-roots.ts';
import { type KeyValue, keyValue } from './key-values.ts';

type Column = EntityOf<'column'>;
export type KeyHolder = EntityOf<'policy' | 'view' | 'materializedView' | 'function'>;

/** One side of an equality: a column, the caller's id (auth.uid()), a variable or what a function gives, and the key whose values it holds. */
export type KeySide = KeyValue & {
  /** Null for the caller's id, variables and calls. */
  readonly column: Column | null;
};

/** An equality of values that are keys of two tables. */
export interface CrossedKeys {
  readonly holder: KeyHolder;
  readonly expression: BoundExpression;
  readonly sides: readonly [KeySide, KeySide];
  /** The comparison, or the subselect it is with. */
  readonly node: Node;
  /** Of a policy: no row passes its clause without it. */
  readonly isNeeded: boolean;
  /** One side of an OR, or below one. */
  readonly isOfOr: boolean;
  /** Not compared, but stored in the first side's column, which its foreign key refuses. */
  readonly isStored: boolean;
  /** Equalities of the same holder whose sides are keys of one table. */
  readonly matched: readonly (readonly [KeySide, KeySide])[];
}

/**
 * Equalities (`a = b`, `a in (select b …)`) between columns whose foreign keys lead to two tables, or of such a column with auth.uid(), in policies, views and
 * functions of the users. Not between two columns of one row.
 */
export const crossedKeys = askedOnce((graph): readonly CrossedKeys[] => {
  const matchedBy = new Map<KeyHolder, (readonly [KeySide, KeySide])[]>();
  const compared = held(graph).flatMap(({ holder, expression }) => {
    const found: CrossedKeys[] = [];
    let ofOr: ReadonlySet<Node> | undefined;
    const needed = holder.kind === 'policy' ? new Set(neededIn(expression.tree)) : undefined;
    const routine = holder.kind === 'function' ? holder : undefined;
    const matched = matchedBy.get(holder) ?? [];
    matchedBy.set(holder, matched);
    walk(expression.tree, (tag, node) => {
      if (tag !== 'A_Expr' && tag !== 'SubLink') return undefined;
      const [one, two] = comparedIn(node)?.map((each) => keyValue(graph, each, expression, routine)) ?? [];
      if (one === undefined || two === undefined) return undefined;
      if (one.root.id === two.root.id) matched.push([one, two]);
      else if (!isOneRow(expression, one, two)) {
        const isNeeded = needed?.has(node) === true;
        ofOr ??= underOr(expression.tree);
        const isOfOr = ofOr.has(node);
        found.push({ holder, expression, sides: [one, two], node, isNeeded, isOfOr, isStored: false, matched });
      }
      return undefined;
    });
    return found;
  });
  return [...compared, ...stored(graph, matchedBy)];
});

/** What functions write into a foreign key of one column. */
function stored(
  graph: SchemaGraph,
  matchedBy: ReadonlyMap<KeyHolder, readonly (readonly [KeySide, KeySide])[]>,
): readonly CrossedKeys[] {
  return userRoutines(graph).flatMap((holder) => {
    const { expressions, writes } = routineShape(graph, holder);
    const bound = new Map(expressions.map((each) => [each.tree, each]));
    return writes.flatMap(({ query, write }) => {
      const expression = bound.get(query.node);
      if (expression === undefined || write.kind === 'delete') return [];
      return write.sets.flatMap(({ column: id, value }): readonly CrossedKeys[] => {
        const column = id === null ? undefined : graph.find(id);
        if (column?.kind !== 'column' || !isEnforcedKey(graph, column)) return [];
        const root = keyRoot(graph, column.id);
        const given = value === null ? undefined : keyValue(graph, value, query.binding, holder);
        if (value === null || root === undefined || given === undefined) return [];
        if (given.root.id === root.id) return [];
        const sides = [{ column, root, reference: null, name: null }, given] as const;
        const matched = matchedBy.get(holder) ?? [];
        return [{ holder, expression, sides, node: value, isNeeded: false, isOfOr: false, isStored: true, matched }];
      });
    });
  });
}

function isEnforcedKey(graph: SchemaGraph, column: Column): boolean {
  const keys = graph.foreignKeysOf(column);
  return keys.length === 1 && keys.every(({ isEnforced, parent }) => isEnforced && parent === null);
}

function underOr(tree: Node): ReadonlySet<Node> {
  const found = new Set<Node>();
  walk(tree, (tag, node) => {
    const { boolop, args } = (tag === 'BoolExpr' ? fieldsOf(node, tag) : undefined) ?? {};
    if (boolop !== 'OR_EXPR') return undefined;
    walk(args, (_tag, each) => {
      found.add(each);
      return undefined;
    });
    return 'skip';
  });
  return found;
}

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

/** Both sides of `a = b` and of `a in (select b …)`. */
function comparedIn(node: Node): readonly [Node | undefined, Node | undefined] | undefined {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=') return [lexpr, rexpr];
  const { subLinkType, testexpr, operName, subselect } = fieldsOf(node, 'SubLink') ?? {};
  if (subLinkType !== 'ANY_SUBLINK' || (operName !== undefined && stringsOf(operName).at(-1) !== '=')) return undefined;
  const [target, ...more] = fieldsOf(subselect, 'SelectStmt')?.targetList ?? [];
  return more.length > 0 ? undefined : [testexpr, fieldsOf(target, 'ResTarget')?.val];
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
  return graph.columns(from.relation).filter((each) => each.id !== from.id && keyRoot(graph, each.id)?.id === to.id);
}
