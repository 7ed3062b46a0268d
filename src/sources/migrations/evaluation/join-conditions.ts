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
  /** The names in `other` without an alias: variables, where the source has no column of that name. */
  readonly bare: readonly string[];
}

/** Rows by the value of a column, made once for each list of rows. */
const indexes = new WeakMap<Rows, Map<string, Map<Value, ReadonlyMap<string, Value>[]>>>();

/** The equalities by which a join, or a subselect that is asked for each row, finds its rows without trying all. What they leave is still tested in full. */
export class JoinConditions {
  readonly #equalities: readonly Equality[];

  constructor(equalities: readonly Equality[]) {
    this.#equalities = equalities;
  }

  /** The rows of the source called `alias` that can go with the rows so far: all, or those with the value that is asked for. */
  matching(alias: string, rows: Rows, before: readonly RowInScope[], scope: Environment): Rows {
    const [first, second] = rows;
    if (first === undefined || second === undefined) return rows;
    let fewest = rows;
    for (const { alias: of, column, other, needs, bare } of this.#equalities) {
      if (of !== alias || !needs.every((need) => before.some((row) => row.alias === need))) continue;
      const index = bare.some((name) => first.has(name)) ? undefined : indexOn(rows, column);
      if (index === undefined) continue;
      const value = evaluate(other, scope);
      if (!isKnown(value) || value === null || typeof value === 'object') continue;
      const found = index.get(value) ?? [];
      if (found.length < fewest.length) fewest = found;
    }
    return fewest;
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

/** The equalities of a query's WHERE and inner joins, where both sides are qualified, or there is one source, so that no name can mean something else. */
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
  if (select.whereClause) tests.push(select.whereClause);
  const [first = '', another] = aliases;
  const only = another === undefined ? first : undefined;
  return new JoinConditions(tests.flatMap(conjuncts).flatMap((test) => equalitiesOf(test, aliases, only)));
}

function conjuncts(node: Node): readonly Node[] {
  return 'BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR'
    ? (node.BoolExpr.args ?? []).flatMap(conjuncts)
    : [node];
}

function equalitiesOf(test: Node, aliases: ReadonlySet<string>, only: string | undefined): readonly Equality[] {
  if (!('A_Expr' in test) || test.A_Expr.kind !== 'AEXPR_OP') return [];
  const [operator] = test.A_Expr.name ?? [];
  const { lexpr, rexpr } = test.A_Expr;
  if (!operator || !('String' in operator) || operator.String.sval !== '=' || !lexpr || !rexpr) return [];
  return [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ].flatMap(([side, other]) => {
    const { alias = only, column } = (side && 'ColumnRef' in side && columnNamed(side.ColumnRef)) || {};
    const named = other && namesIn(other, aliases);
    if (alias === undefined || column === undefined || !other || !named || !aliases.has(alias)) return [];
    if (named.needs.includes(alias) || (named.bare.length > 0 && only === undefined)) return [];
    return [{ alias, column, other, ...named }];
  });
}

/** `c.relname`, `relname`; the alias undefined where none is written. */
function columnNamed(ref: ColumnRef): { readonly alias: string | undefined; readonly column: string | undefined } {
  const [column, alias] = (ref.fields ?? [])
    .flatMap((each) => ('String' in each ? [each.String.sval ?? ''] : []))
    .reverse();
  return { alias, column };
}

/** Undefined when a subselect is among it: what it means depends on rows still to come. */
function namesIn(node: Node, aliases: ReadonlySet<string>): Pick<Equality, 'needs' | 'bare'> | undefined {
  const [needs, bare]: [string[], string[]] = [[], []];
  let isClear = true;
  walk(node, (_tag, inner) => {
    const { alias, column } = 'ColumnRef' in inner ? columnNamed(inner.ColumnRef) : {};
    if ('SubLink' in inner) isClear = false;
    else if (alias !== undefined && aliases.has(alias)) needs.push(alias);
    else if (alias === undefined && column !== undefined) bare.push(column);
    return isClear ? undefined : 'stop';
  });
  return isClear ? { needs, bare } : undefined;
}
