import type { FuncCall, Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../../sql/nodes.ts';
import type { Environment } from './environment.ts';
import { evaluate } from './evaluate.ts';
import type { QueryRows } from './query.ts';
import { concatenate, idOf, UNKNOWN, type Value } from './value.ts';

/** The aggregates that guards and loops over catalogs use. */
const AGGREGATES: ReadonlySet<string> = new Set(['count', 'array_agg', 'string_agg']);

/**
 * The one row of `select count(*) from …`, or of array_agg() and string_agg(), alone or with what COALESCE puts in the place of their
 * NULL. Undefined for any other select list.
 * @param rows the scope of each row that is certainly there
 */
export function aggregated(
  { targetList = [], groupClause = [] }: SelectStmt,
  rows: readonly Environment[],
  isComplete: boolean,
  env: Environment,
): QueryRows | undefined {
  const [target, ...more] = targetList;
  const { name, val } = fieldsOf(target, 'ResTarget') ?? {};
  const [inner, ...others] = fieldsOf(val, 'CoalesceExpr')?.args ?? [];
  const call = aggregateOf(inner ?? val);
  if (call === undefined || more.length > 0 || groupClause.length > 0) return undefined;
  const own = aggregate(call, rows, isComplete, env);
  const value = own === null && others[0] !== undefined ? evaluate(others[0], env) : own;
  const column = name ?? (inner === undefined ? writtenName(call.funcname).name : 'coalesce');
  return { sure: [new Map<string, Value>([[column, value]])], isComplete: true };
}

function aggregateOf(node: Node | undefined): FuncCall | undefined {
  const call = fieldsOf(node, 'FuncCall');
  const isPlain = call !== undefined && !call.agg_filter && !call.agg_distinct && !call.over;
  return isPlain && AGGREGATES.has(writtenName(call.funcname).name) ? call : undefined;
}

function aggregate(call: FuncCall, rows: readonly Environment[], isComplete: boolean, env: Environment): Value {
  if (!isComplete) return UNKNOWN;
  const { name } = writtenName(call.funcname);
  const [argument, separator] = call.args ?? [];
  if (name === 'count') return call.agg_star ? rows.length : UNKNOWN;
  if (rows.length === 0) return null;
  const ordered = call.agg_order === undefined ? rows : inOrder(call.agg_order, rows);
  if (ordered === undefined) return UNKNOWN;
  const values = ordered.map((row) => evaluate(argument, row));
  if (name === 'array_agg') return values;
  const between = evaluate(separator, env);
  return concatenate(values.flatMap((each, at) => (at === 0 ? [each] : [between, each])));
}

/** ORDER BY in an aggregate, where it is by one number or name; undefined where the order cannot be told. */
function inOrder(order: readonly Node[], rows: readonly Environment[]): readonly Environment[] | undefined {
  const [sort, ...more] = order.map((each) => fieldsOf(each, 'SortBy'));
  if (sort === undefined || more.length > 0) return undefined;
  const keyed = rows.map((row) => ({ row, key: idOf(evaluate(sort.node, row)) }));
  const sign = sort.sortby_dir === 'SORTBY_DESC' ? -1 : 1;
  const isOf = (type: 'number' | 'string') => keyed.every(({ key }) => typeof key === type);
  if (isOf('number')) keyed.sort((a, b) => sign * (Number(a.key) - Number(b.key)));
  else if (isOf('string')) keyed.sort((a, b) => sign * (String(a.key) < String(b.key) ? -1 : 1));
  else return undefined;
  return keyed.map(({ row }) => row);
}
