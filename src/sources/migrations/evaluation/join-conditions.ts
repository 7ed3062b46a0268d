import type { ColumnRef, Node, SelectStmt } from '@pgsql/types';
import { walk } from '../../../sql/walk.ts';
import type { Environment, RowInScope } from './environment.ts';
import { evaluate } from './evaluate.ts';
import { isKnown, type Value } from './value.ts';

type Rows = readonly ReadonlyMap<string, Value>[];

/** `alias.column = other`, from ON or WHERE. */
interface Equality {
  readonly alias: string;
  readonly column: string;
  readonly other: Node;
  /** The aliases of the same query that `other` names; it can be evaluated once these have a row. */
  readonly needs: readonly string[];
}

/** Rows by the value of a column, made once for each list of rows. */
const indexes = new WeakMap<Rows, Map<string, Map<Value, ReadonlyMap<string, Value>[]>>>();

/** The equalities by which a join finds its rows without trying all pairs. What they leave is still tested in full. */
export class JoinConditions {
  readonly #equalities: readonly Equality[];

  constructor(equalities: readonly Equality[]) {
    this.#equalities = equalities;
  }

  /** The rows of the source called `alias` that can go with the rows so far: all, or those with the value that is asked for. */
  matching(alias: string, rows: Rows, before: readonly RowInScope[], scope: Environment): Rows {
    if (rows.length < 2) return rows;
    for (const each of this.#equalities) {
      if (each.alias !== alias || !each.needs.every((need) => before.some((row) => row.alias === need))) continue;
      const value = evaluate(each.other, scope);
      if (!isKnown(value) || value === null || typeof value === 'object') continue;
      const index = indexOn(rows, each.column);
      if (index !== undefined) return index.get(value) ?? [];
    }
    return rows;
  }
}

export const NO_CONDITIONS = new JoinConditions([]);

/** Undefined where a row's value is not known or no scalar: then it may equal anything. */
function indexOn(rows: Rows, column: string): Map<Value, ReadonlyMap<string, Value>[]> | undefined {
  const byColumn = indexes.get(rows) ?? new Map<string, Map<Value, ReadonlyMap<string, Value>[]>>();
  indexes.set(rows, byColumn);
  const known = byColumn.get(column);
  if (known) return known;
  const index = new Map<Value, ReadonlyMap<string, Value>[]>();
  const first = typeof rows[0]?.get(column);
  if (first !== 'string' && first !== 'number') return undefined;
  for (const row of rows) {
    const value = row.get(column);
    if (value === undefined || typeof value !== first) return undefined;
    const same = index.get(value);
    if (same) same.push(row);
    else index.set(value, [row]);
  }
  byColumn.set(column, index);
  return index;
}

/** The equalities of a query's WHERE and inner joins, where both sides are qualified, so that no name can mean something else. */
export function joinConditions(select: SelectStmt): JoinConditions {
  const aliases = new Set<string>();
  const tests: Node[] = [];
  const collect = (item: Node): void => {
    if ('RangeVar' in item) aliases.add(item.RangeVar.alias?.aliasname ?? item.RangeVar.relname ?? '');
    else if ('RangeSubselect' in item) aliases.add(item.RangeSubselect.alias?.aliasname ?? '');
    else if ('RangeFunction' in item) aliases.add(item.RangeFunction.alias?.aliasname ?? '');
    else if ('JoinExpr' in item) {
      if (item.JoinExpr.larg) collect(item.JoinExpr.larg);
      if (item.JoinExpr.rarg) collect(item.JoinExpr.rarg);
      const isInner = item.JoinExpr.jointype === 'JOIN_INNER' || item.JoinExpr.jointype === undefined;
      if (isInner && item.JoinExpr.quals) tests.push(item.JoinExpr.quals);
    }
  };
  for (const item of select.fromClause ?? []) collect(item);
  if (aliases.size < 2) return NO_CONDITIONS;
  if (select.whereClause) tests.push(select.whereClause);
  return new JoinConditions(tests.flatMap(conjuncts).flatMap((test) => equalitiesOf(test, aliases)));
}

function conjuncts(node: Node): readonly Node[] {
  return 'BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR'
    ? (node.BoolExpr.args ?? []).flatMap(conjuncts)
    : [node];
}

function equalitiesOf(test: Node, aliases: ReadonlySet<string>): readonly Equality[] {
  if (!('A_Expr' in test) || test.A_Expr.kind !== 'AEXPR_OP') return [];
  const [operator] = test.A_Expr.name ?? [];
  const { lexpr, rexpr } = test.A_Expr;
  if (!operator || !('String' in operator) || operator.String.sval !== '=' || !lexpr || !rexpr) return [];
  return [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ].flatMap(([side, other]) => {
    const named = side && 'ColumnRef' in side ? qualifiedColumn(side.ColumnRef) : undefined;
    const needs = other && aliasesIn(other, aliases);
    if (!named || !other || !needs || !aliases.has(named.alias) || needs.includes(named.alias)) return [];
    return [{ ...named, other, needs }];
  });
}

function qualifiedColumn(ref: ColumnRef): { readonly alias: string; readonly column: string } | undefined {
  const names = (ref.fields ?? []).flatMap((each) => ('String' in each ? [each.String.sval ?? ''] : []));
  const [alias, column] = names.slice(-2);
  return names.length >= 2 && alias !== undefined && column !== undefined ? { alias, column } : undefined;
}

/** Undefined when an unqualified name or a subselect is among it: what it means depends on rows still to come. */
function aliasesIn(node: Node, aliases: ReadonlySet<string>): readonly string[] | undefined {
  const found: string[] = [];
  let isClear = true;
  walk(node, (_tag, inner) => {
    const named = 'ColumnRef' in inner ? qualifiedColumn(inner.ColumnRef) : undefined;
    if ('SubLink' in inner || ('ColumnRef' in inner && named === undefined)) isClear = false;
    else if (named && aliases.has(named.alias)) found.push(named.alias);
    return isClear ? undefined : 'stop';
  });
  return isClear ? found : undefined;
}
