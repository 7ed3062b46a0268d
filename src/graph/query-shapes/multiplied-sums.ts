import type { Node, SelectStmt } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type JoinGraph, joinGraph, ownColumns, reachedAlone } from './join-graph.ts';
import { constantText } from './operand.ts';
import type { Query } from './query.ts';
import { type QueryHolder, queriesInSchema } from './schema-queries.ts';

type Column = EntityOf<'column'>;

/** What is summed or counted of one entry of FROM. */
interface Aggregated {
  readonly source: number;
  readonly table: EntityId;
  /** What the query calls it. */
  readonly alias: string;
  readonly columns: readonly Column[];
  readonly name: string;
}

type Summed = Omit<Aggregated, 'alias'>;

/** A query that sums over two tables, of which several rows each belong to one thing: each row of the one stands beside each of the other. */
export interface MultipliedSum {
  readonly holder: QueryHolder;
  readonly query: Query;
  readonly one: Aggregated;
  readonly other: Aggregated;
  /** What they hang on: the table nearest to the first. */
  readonly common: EntityOf<'table'>;
}

/**
 * `select sum(a.n), sum(b.n) from parents p left join a on a.parent_id = p.id left join b on b.parent_id = p.id`. Only where neither row leads to the other by a
 * key, nothing else ties the two, and the groups are of what they have in common.
 */
export const multipliedSums = askedOnce((graph): readonly MultipliedSum[] =>
  queriesInSchema(graph).flatMap(({ holder, query }) => {
    const select = fieldsOf(query.node, 'SelectStmt');
    const found = select === undefined ? undefined : multipliedIn(graph, query, select);
    return found === undefined ? [] : [{ holder, query, ...found }];
  }),
);

function multipliedIn(
  graph: SchemaGraph,
  { binding }: Query,
  select: SelectStmt,
): Pick<MultipliedSum, 'one' | 'other' | 'common'> | undefined {
  const sums = aggregatesIn(graph, select, binding);
  if (new Set(sums.map(({ source }) => source)).size < 2) return undefined;
  const joins = joinGraph(graph, select, binding);
  const grouped = groupSources(select, binding);
  if (joins === undefined || grouped === undefined) return undefined;
  for (const one of sums)
    for (const other of sums) {
      if (one.source >= other.source) continue;
      const common = commonOf(graph, joins, one.source, other.source, grouped);
      if (common !== undefined) return { one: ofSource(sums, one, joins), other: ofSource(sums, other, joins), common };
    }
  return undefined;
}

function ofSource(sums: readonly Summed[], one: Summed, { names }: JoinGraph): Aggregated {
  const own = sums.filter(({ source, name }) => source === one.source && name === one.name);
  return { ...one, alias: names.get(one.source) ?? '', columns: [...new Set(own.flatMap(({ columns }) => columns))] };
}

/** What the two hang on, side by side, where they hang on nothing else. */
function commonOf(
  graph: SchemaGraph,
  joins: JoinGraph,
  one: number,
  other: number,
  grouped: ReadonlySet<number>,
): EntityOf<'table'> | undefined {
  const [mine, theirs] = [reachedAlone(graph, joins, [one]), reachedAlone(graph, joins, [other])];
  if (mine.has(other) || theirs.has(one)) return undefined;
  const common = new Set([...mine].filter((each) => theirs.has(each)));
  const all = [...joins.tables.keys()];
  // A third table beside them may tie the two together.
  if (common.size === 0 || !all.every((each) => mine.has(each) || theirs.has(each))) return undefined;
  if (![...grouped].every((each) => common.has(each))) return undefined;
  const alone = reachedAlone(graph, joins, [...common]);
  if (alone.has(one) || alone.has(other)) return undefined;
  // "The home score of the match": one row, though no key says so.
  if (joins.fixed.some(({ source }) => source === one || source === other)) return undefined;
  const isOf = (own: ReadonlySet<number>, source: number) => own.has(source) && !common.has(source);
  const ties = [...joins.equal.map(([a, b]) => [a.source, b.source]), ...joins.tangled.map((each) => [...each])];
  if (ties.some((each) => each.some((a) => isOf(mine, a)) && each.some((b) => isOf(theirs, b)))) return undefined;
  const nearest = [...mine].find((each) => common.has(each));
  const table = nearest === undefined ? undefined : joins.tables.get(nearest);
  return table === undefined ? undefined : graph.get('table', table);
}

/** sum() and count() of what one entry of FROM has, in the target list. */
function aggregatesIn(
  graph: SchemaGraph,
  { targetList = [], fromClause = [] }: SelectStmt,
  binding: Binding,
): readonly Summed[] {
  const found: Summed[] = [];
  if (fromClause.length === 0) return found;
  walk(targetList, (tag, node) => {
    if (tag === 'SubLink') return 'skip';
    const call = fieldsOf(node, 'FuncCall');
    const meaning = call && binding.meanings.get(call);
    if (call === undefined || meaning?.kind !== 'call' || meaning.function.kind !== 'aggregate') return undefined;
    const { schema, name } = meaning.function.name;
    if (schema !== 'pg_catalog' || (name !== 'sum' && name !== 'count')) return 'skip';
    if (call.agg_distinct === true || call.over !== undefined) return 'skip';
    const named = ownColumns(
      [...(call.args ?? []), ...(call.agg_filter === undefined ? [] : [call.agg_filter])],
      binding,
    );
    const [source, another] = [...new Set(named.map((each) => each.source))];
    const columns = ownColumns(call.args, binding).flatMap(({ column, isDirect }) =>
      column !== undefined && isDirect ? [graph.get('column', column)] : [],
    );
    const table = columns[0]?.relation;
    if (source !== undefined && another === undefined && table !== undefined)
      found.push({ source, table, columns, name });
    return 'skip';
  });
  return found;
}

/** The entries that GROUP BY names; undefined where it is not only columns. */
function groupSources(
  { groupClause = [], targetList = [] }: SelectStmt,
  binding: Binding,
): ReadonlySet<number> | undefined {
  const sources = new Set<number>();
  for (const item of groupClause) {
    const written = outputAt(item, targetList, binding) ?? item;
    if ('GroupingSet' in written) return undefined;
    for (const { source } of ownColumns(written, binding)) sources.add(source);
  }
  return sources;
}

function outputAt(item: Node, targetList: readonly Node[], binding: Binding): Node | undefined {
  const reference = fieldsOf(item, 'ColumnRef');
  const meaning = reference && binding.meanings.get(reference);
  const index =
    meaning?.kind === 'output' ? meaning.index : 'A_Const' in item ? Number(constantText(item)) - 1 : undefined;
  return index === undefined ? undefined : fieldsOf(targetList[index], 'ResTarget')?.val;
}
