// Long because it is one evaluator: what FROM, WHERE and the select list of a guard’s query come to, sure or not.
import type { JoinExpr, Node, RangeVar, SelectStmt } from '@pgsql/types';
import { addTo } from '../../../graph/grouping.ts';
import type { Change } from '../../../graph/journal.ts';
import type { SchemaBuilder } from '../../../graph/schema-builder.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { anyNode } from '../../../sql/walk.ts';
import { AccessList, explodedRows } from './access-list.ts';
import { aggregated } from './aggregate.ts';
import { catalogRows } from './catalogs/catalog-rows.ts';
import { isPresumed } from './catalogs/rows.ts';
import { COUNTED, type Environment, type RowInScope } from './environment.ts';
import { evaluate } from './evaluate.ts';
import { type JoinConditions, joinConditions, NO_CONDITIONS } from './join-conditions.ts';
import { both, isKnown, isRow, type Truth, truthOf, UNKNOWN, type Value } from './value.ts';
import { valuesOfSet } from './value-sets.ts';

/** The rows of a query over the catalogs. */
export interface QueryRows {
  /** Rows that are certainly there: output column names to values, in order. */
  readonly sure: readonly ReadonlyMap<string, Value>[];
  /** False when there may be more than these. */
  readonly isComplete: boolean;
  /** All that there may be besides, each by itself; undefined where they cannot be told. */
  readonly possible?: readonly ReadonlyMap<string, Value>[];
}

type Combination = { readonly rows: readonly RowInScope[]; readonly truth: Truth };

/** Rows that one block may look at in all its queries over the catalogs; beyond that they are given up. */
const MOST_ROWS = 2_000_000;

/** The rows of a SELECT that reads only catalogs, VALUES and unnest(); undefined when it reads data or is not modelled. */
export function queryRows(select: SelectStmt, env: Environment): QueryRows | undefined {
  if (select.op !== undefined && select.op !== 'SETOP_NONE') return union(select, env);
  if (select.withClause !== undefined) return undefined;
  if (select.valuesLists) return values(select, env);
  const set = setAlone(select, env);
  if (set !== undefined) return set;
  const conditions = joinConditions(select);
  let combinations: readonly Combination[] = [{ rows: [], truth: true }];
  for (const item of select.fromClause ?? []) {
    const next = from(item, combinations, conditions, env);
    if (next === undefined) return undefined;
    combinations = next;
  }
  env.work.rows += combinations.length;
  const kept = combinations
    .map(
      (each): Combination => ({
        ...each,
        truth:
          select.whereClause === undefined
            ? each.truth
            : both(each.truth, truthOf(evaluate(select.whereClause, env.within(each.rows)))),
      }),
    )
    .filter((each) => each.truth === true || each.truth === UNKNOWN);
  if (env.work.rows > MOST_ROWS) return undefined;
  if (isGrouped(select)) return groupedRows(select, kept, env);
  const isComplete = kept.every((each) => each.truth === true) && !asksForLaterTable(select, env);
  const sure = kept.filter((each) => each.truth === true);
  const aggregate = aggregated(
    select,
    sure.map((each) => env.within(each.rows)),
    isComplete,
    env,
  );
  if (aggregate !== undefined) return aggregate;
  const projected = sure.map((each) => project(select, env.within(each.rows)));
  if (select.distinctClause !== undefined) return limited(select, { sure: unique(projected), isComplete }, env);
  const possible = kept.filter((each) => each.truth !== true).map((each) => project(select, env.within(each.rows)));
  return limited(select, { sure: projected, isComplete, possible }, env);
}

/** Is it asked of a table whether it is there, and it may be all the same? Not of its columns: who adds one takes the table for there. */
function asksForLaterTable({ fromClause = [], whereClause }: SelectStmt, { context }: Environment): boolean {
  const isOfTables = fromClause.some((each) => TABLES.has(fieldsOf(each, 'RangeVar')?.relname ?? ''));
  if (!isOfTables || whereClause === undefined) return false;
  return anyNode(whereClause, (each) => {
    const { sval } = fieldsOf(each, 'A_Const')?.sval ?? {};
    return sval !== undefined && context.assumptions.mayBeThere(sval);
  });
}

const TABLES: ReadonlySet<string> = new Set(['tables', 'pg_tables', 'pg_class']);

function isGrouped({ groupClause = [], havingClause }: SelectStmt): boolean {
  return groupClause.length > 0 || havingClause !== undefined;
}

/** GROUP BY of plain values, with HAVING over them and their count. Undefined where the groups cannot be told apart. */
function groupedRows(select: SelectStmt, kept: readonly Combination[], env: Environment): QueryRows | undefined {
  const groups = new Map<string, Combination[]>();
  for (const each of kept) {
    const values = (select.groupClause ?? []).map((item) => evaluate(item, env.within(each.rows)));
    if (values.length === 0 || !values.every((value) => isKnown(value) && !isRow(value))) return undefined;
    addTo(groups, JSON.stringify(values), each);
  }
  const [sure, possible]: [ReadonlyMap<string, Value>[], ReadonlyMap<string, Value>[]] = [[], []];
  for (const members of groups.values()) {
    const [first] = members;
    if (first === undefined) continue;
    const isSure = members.every((each) => each.truth === true);
    const isThere = isSure || (select.havingClause === undefined && members.some((each) => each.truth === true));
    const count: RowInScope = { alias: '', row: new Map([[COUNTED, isSure ? members.length : UNKNOWN]]) };
    const scope = env.within([...first.rows, count]);
    const truth = select.havingClause === undefined ? true : truthOf(evaluate(select.havingClause, scope));
    if (truth === true && isThere) sure.push(project(select, scope));
    else if (truth === true || truth === UNKNOWN) possible.push(project(select, scope));
  }
  return limited(select, { sure, isComplete: possible.length === 0, possible }, env);
}

function values(select: SelectStmt, env: Environment): QueryRows {
  const sure = (select.valuesLists ?? []).map((list) => {
    const items = 'List' in list ? (list.List.items ?? []) : [];
    return new Map<string, Value>(items.map((each, index) => [`column${index + 1}`, evaluate(each, env)]));
  });
  return { sure, isComplete: true };
}

function union(select: SelectStmt, env: Environment): QueryRows | undefined {
  if (select.op !== 'SETOP_UNION' || !select.larg || !select.rarg) return undefined;
  const [left, right] = [queryRows(select.larg, env), queryRows(select.rarg, env)];
  if (!left || !right) return undefined;
  const names = [...(left.sure[0]?.keys() ?? right.sure[0]?.keys() ?? [])];
  const renamed = right.sure.map(
    (row) =>
      new Map<string, Value>([...row.values()].map((value, index) => [names[index] ?? `column${index + 1}`, value])),
  );
  const sure = [...left.sure, ...renamed];
  return { sure: select.all ? sure : unique(sure), isComplete: left.isComplete && right.isComplete };
}

/** Adds a FROM item to each combination so far. Undefined: not modelled, or too much. */
function from(
  item: Node,
  combinations: readonly Combination[],
  conditions: JoinConditions,
  env: Environment,
): readonly Combination[] | undefined {
  if ('JoinExpr' in item) return join(item.JoinExpr, combinations, conditions, env);
  const result: Combination[] = [];
  for (const each of combinations) {
    const scope = env.within(each.rows);
    const source = sourceRows(item, scope);
    if (source === undefined || env.work.rows > MOST_ROWS) return undefined;
    const rows = conditions.matching(source.alias, source.rows, each.rows, scope);
    env.work.rows += rows.length;
    for (const row of rows) {
      const truth = source.mayBeNone === true || isPresumed(row) ? both(each.truth, UNKNOWN) : each.truth;
      result.push({ rows: [...each.rows, { alias: source.alias, row }], truth });
    }
  }
  return result;
}

function join(
  node: JoinExpr,
  combinations: readonly Combination[],
  conditions: JoinConditions,
  env: Environment,
): readonly Combination[] | undefined {
  const inner = node.jointype === 'JOIN_INNER' || node.jointype === undefined;
  if ((!inner && node.jointype !== 'JOIN_LEFT') || node.isNatural || !node.larg || !node.rarg) return undefined;
  const left = from(node.larg, combinations, conditions, env);
  if (left === undefined) return undefined;
  const result: Combination[] = [];
  for (const each of left) {
    const right = from(node.rarg, [each], inner ? conditions : NO_CONDITIONS, env);
    if (right === undefined) return undefined;
    const joined = right
      .map(
        (pair): Combination => ({ ...pair, truth: both(pair.truth, joinCondition(node, pair, each.rows.length, env)) }),
      )
      .filter((pair) => pair.truth === true || pair.truth === UNKNOWN);
    result.push(...joined);
    if (!inner && !joined.some((pair) => pair.truth === true)) {
      const added = right[0]?.rows.slice(each.rows.length) ?? [];
      const nulls = added.map(({ alias, row }) => ({
        alias,
        row: new Map([...row.keys()].map((name) => [name, null as Value])),
      }));
      result.push({ rows: [...each.rows, ...nulls], truth: joined.length > 0 ? UNKNOWN : each.truth });
    }
  }
  return result;
}

function joinCondition(node: JoinExpr, pair: Combination, leftCount: number, env: Environment): Truth {
  if (node.usingClause) {
    const names = node.usingClause.flatMap((each) => ('String' in each ? [each.String.sval ?? ''] : []));
    const [left, right] = [pair.rows.slice(0, leftCount), pair.rows.slice(leftCount)];
    const value = (rows: readonly RowInScope[], name: string) => rows.find((each) => each.row.has(name))?.row.get(name);
    return names.every((name) => value(left, name) === value(right, name));
  }
  return node.quals === undefined ? true : truthOf(evaluate(node.quals, env.within(pair.rows)));
}

interface SourceRows {
  readonly alias: string;
  readonly rows: readonly ReadonlyMap<string, Value>[];
  /** There are these rows or none. */
  readonly mayBeNone?: boolean;
}

function sourceRows(item: Node, env: Environment): SourceRows | undefined {
  if ('RangeVar' in item) return catalogSource(item.RangeVar, env);
  if ('RangeSubselect' in item) {
    const { subquery, alias } = item.RangeSubselect;
    const result = subquery && 'SelectStmt' in subquery ? queryRows(subquery.SelectStmt, env) : undefined;
    if (!result?.isComplete) return undefined;
    return { alias: alias?.aliasname ?? '', rows: result.sure.map((row) => renamed(row, alias?.colnames)) };
  }
  if ('RangeFunction' in item) {
    const { functions, alias } = item.RangeFunction;
    const call = functions?.[0] && 'List' in functions[0] ? functions[0].List.items?.[0] : undefined;
    if (!call || !('FuncCall' in call)) return undefined;
    const { name: called } = env.context.nameOf(call.FuncCall.funcname);
    if (called === 'pg_event_trigger_ddl_commands')
      return { alias: alias?.aliasname ?? called, rows: env.context.ddlCommands };
    const set = rowsOfSet(called, call.FuncCall.args ?? [], alias?.aliasname, env);
    if (set === undefined) return undefined;
    const numbered = item.RangeFunction.ordinality === true ? set.rows.map(withOrdinality) : set.rows;
    return { ...set, rows: numbered.map((row) => renamed(row, alias?.colnames)) };
  }
  return undefined;
}

/** The rows of a function in FROM. A column of single values is called like its alias. */
function rowsOfSet(
  called: string,
  args: readonly Node[],
  alias: string | undefined,
  env: Environment,
): SourceRows | undefined {
  const name = alias ?? called;
  if (called === 'aclexplode') {
    const list = evaluate(args[0], env);
    if (!(list instanceof AccessList)) return undefined;
    return { alias: name, rows: explodedRows(list), mayBeNone: list.mayBeNull };
  }
  const list = valuesOfSet(called, args, env);
  return list && { alias: name, rows: list.map((value) => new Map([[name, value]])) };
}

function withOrdinality(row: ReadonlyMap<string, Value>, at: number): ReadonlyMap<string, Value> {
  return new Map([...row, ['ordinality', at + 1]]);
}

/** SELECT unnest(…) without a FROM: a row for each value. */
function setAlone(select: SelectStmt, env: Environment): QueryRows | undefined {
  const [only, ...more] = select.targetList ?? [];
  const target = fieldsOf(only, 'ResTarget');
  const call = fieldsOf(target?.val, 'FuncCall');
  if (call === undefined || more.length > 0 || select.fromClause !== undefined || select.whereClause !== undefined)
    return undefined;
  const { name } = env.context.nameOf(call.funcname);
  const list = valuesOfSet(name, call.args ?? [], env);
  const column = target?.name ?? name;
  return list && limited(select, { sure: list.map((value) => new Map([[column, value]])), isComplete: true }, env);
}

function catalogSource(range: RangeVar, env: Environment): SourceRows | undefined {
  const { names } = env.context;
  const name = range.relname ?? '';
  const own = names.relationEntity(range.schemaname, name);
  const isUsers = range.schemaname === undefined && own !== undefined;
  const listed = own && env.context.listed.of(own.id);
  const rows = listed ?? (isUsers ? undefined : cachedRows(env, range.schemaname, name));
  return rows && { alias: range.alias?.aliasname ?? name, rows };
}

/** The rows of each catalog as of one point of the history; a guard asks the same ones for every row of another. */
interface CachedCatalogs {
  readonly last: Change | undefined;
  readonly changes: number;
  readonly rows: Map<string, ReturnType<typeof catalogRows>>;
}

const cached = new WeakMap<SchemaBuilder, CachedCatalogs>();

function cachedRows(env: Environment, schema: string | undefined, name: string): ReturnType<typeof catalogRows> {
  const { builder, graph, names, offeredExtensions } = env.context;
  const { changes } = builder.mark();
  const [last] = changes === 0 ? [] : builder.since({ changes: changes - 1 });
  let known = cached.get(builder);
  if (known === undefined || known.changes !== changes || known.last !== last) {
    known = { changes, last, rows: new Map() };
    cached.set(builder, known);
  }
  const key = `${schema ?? ''}\0${name}`;
  const schemas = {
    isVisible: (each: string) => names.path().includes(each),
    isThere: (each: string) => graph.global('schema', each) !== undefined,
  };
  if (!known.rows.has(key)) known.rows.set(key, catalogRows(graph, offeredExtensions, schemas, schema, name));
  return known.rows.get(key);
}

function renamed(row: ReadonlyMap<string, Value>, names: readonly Node[] | undefined): ReadonlyMap<string, Value> {
  if (!names) return row;
  return new Map(
    [...row].map(([name, value], index) => {
      const given = names[index];
      return [given && 'String' in given ? (given.String.sval ?? name) : name, value];
    }),
  );
}

function project(select: SelectStmt, env: Environment): ReadonlyMap<string, Value> {
  const row = new Map<string, Value>();
  for (const target of select.targetList ?? []) {
    if (!('ResTarget' in target)) continue;
    const { name, val } = target.ResTarget;
    if (val && 'ColumnRef' in val && (val.ColumnRef.fields ?? []).some((each) => 'A_Star' in each)) {
      for (const source of env.rows) for (const [column, value] of source.row) row.set(column, value);
      continue;
    }
    row.set(name ?? outputName(val) ?? `?column?${row.size}`, evaluate(val, env));
  }
  return row;
}

function outputName(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ('ColumnRef' in node) {
    const last = (node.ColumnRef.fields ?? []).at(-1);
    return last && 'String' in last ? last.String.sval : undefined;
  }
  if ('FuncCall' in node) {
    const last = (node.FuncCall.funcname ?? []).at(-1);
    return last && 'String' in last ? last.String.sval : undefined;
  }
  return 'TypeCast' in node ? outputName(node.TypeCast.arg) : undefined;
}

function limited(select: SelectStmt, result: QueryRows, env: Environment): QueryRows {
  if (select.limitCount === undefined && select.limitOffset === undefined) return result;
  const { sure, isComplete } = result;
  const limit = evaluate(select.limitCount, env);
  if (typeof limit !== 'number' || sure.length <= limit) return { sure, isComplete };
  // Which rows come first depends on an order that is not modelled; that there are some is certain.
  return { sure: result.sure.slice(0, limit), isComplete: false };
}

function unique(rows: readonly ReadonlyMap<string, Value>[]): readonly ReadonlyMap<string, Value>[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const values = [...row.values()];
    if (!values.every((each) => isKnown(each) && !isRow(each))) return true;
    const key = JSON.stringify(values);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
