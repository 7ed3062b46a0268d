import type { Node, SelectStmt } from '@pgsql/types';
import { clauseStart } from '../../sql/clause-places.ts';
import { afterWord } from '../../sql/cursor.ts';
import { fieldsOf, innerOf } from '../../sql/nodes.ts';
import { expressionRange, type TextRange } from '../../sql/range.ts';
import { tokenEnd } from '../../sql/token.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding, ColumnMeaning } from '../binding/binding.ts';
import { givesOneValue } from '../binding/questions/one-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { columnsIn } from './operand.ts';
import { type Output, outputsOf } from './queries-in.ts';
import type { Query } from './query.ts';
import { type QueryHolder, queriesInSchema } from './schema-queries.ts';
import { fromParts } from './sources.ts';

type Column = EntityOf<'column'>;

/** A sum over what UNION gives, which keeps one of rows that are alike. */
export interface SummedUnion {
  readonly holder: QueryHolder;
  /** The columns of the table that are summed. */
  readonly summed: readonly Column[];
  /** A table of which two rows may be alike in all that is selected. */
  readonly table: EntityOf<'table'>;
  /** What is selected of it. */
  readonly selected: readonly Column[];
  /** The UNIONs that take rows away, outer ones first. */
  readonly unions: readonly SelectStmt[];
  /** With UNION ALL no row would be there twice. */
  readonly areApart: boolean;
  /** The arm that reads the table. */
  readonly arm: Query;
}

/** What a row goes by though no key says so; two rows that agree in it are meant to be one. */
const NAMES_OF_ROWS: NamePatterns = [
  ...['id', '*_uuid', '*_hash', '*_number', '*_reference', '*_code', '*_key', '*_slug', '*_event_id'],
  ...['*_transaction_id', '*_external_id', '*_line_id'],
];

export const summedUnions = askedOnce((graph): readonly SummedUnion[] => {
  const all = queriesInSchema(graph);
  const byNode = new Map(all.map(({ query }) => [innerOf(query.node), query]));
  return all.flatMap(({ holder, query }) => {
    const found = summedUnionOf(graph, query, byNode);
    return found === undefined ? [] : [{ holder, ...found }];
  });
});

function summedUnionOf(
  graph: SchemaGraph,
  query: Query,
  byNode: ReadonlyMap<object, Query>,
): Omit<SummedUnion, 'holder'> | undefined {
  const select = fieldsOf(query.node, 'SelectStmt');
  const sums = select === undefined ? [] : summedColumns(select, query.binding);
  for (const { source } of sums) {
    const union = select && unionAt(select, source, query);
    const arms = union === undefined ? undefined : armsOf(union, []);
    if (arms === undefined) continue;
    const places = new Set(sums.flatMap((each) => (each.source === source ? [each.index] : [])));
    for (const { node, unions } of arms) {
      const arm = byNode.get(node);
      const told = arm === undefined || unions.length === 0 ? undefined : alikeRows(graph, arm, node, places);
      if (arm !== undefined && told !== undefined)
        return { ...told, unions, areApart: readEachOnce(arms, byNode), arm };
    }
  }
  return undefined;
}

/** The columns of FROM that a sum or an average is made of. */
function summedColumns({ targetList = [], havingClause }: SelectStmt, binding: Binding): readonly ColumnMeaning[] {
  const found: ColumnMeaning[] = [];
  walk(havingClause === undefined ? targetList : [...targetList, havingClause], (tag, node) => {
    if (tag === 'SubLink') return 'skip';
    const call = fieldsOf(node, 'FuncCall');
    const meaning = call && binding.meanings.get(call);
    if (call === undefined || meaning?.kind !== 'call' || meaning.function.kind !== 'aggregate') return undefined;
    const { schema, name } = meaning.function.name;
    if (schema !== 'pg_catalog' || (name !== 'sum' && name !== 'avg') || call.agg_distinct === true) return undefined;
    for (const argument of call.args ?? [])
      found.push(...columnsIn(argument, binding).filter((each) => each.level === 0 && !each.isOuter));
    return undefined;
  });
  return found;
}

/** The set operation that an entry of FROM is: written there, or in a WITH around it. */
function unionAt({ fromClause }: SelectStmt, source: number, query: Query): SelectStmt | undefined {
  const { entries, subselects } = fromParts(undefined, fromClause, query.binding);
  const written = subselects.find((each) => each.position === source)?.select;
  if (written !== undefined) return written;
  const range = entries.find((each) => each.position === source)?.range;
  const meaning = range && query.binding.meanings.get(range);
  if (meaning?.kind !== 'source' || !meaning.isCte) return undefined;
  for (let at: Query | null = query; at !== null; at = at.parent) {
    const clause = fieldsOf(at.node, 'SelectStmt')?.withClause;
    for (const each of clause?.ctes ?? []) {
      const { ctename, ctequery } = fieldsOf(each, 'CommonTableExpr') ?? {};
      // UNION ends a recursion: there it is no slip.
      if (ctename === range?.relname) return clause?.recursive === true ? undefined : fieldsOf(ctequery, 'SelectStmt');
    }
  }
  return undefined;
}

interface Arm {
  readonly node: SelectStmt;
  readonly unions: readonly SelectStmt[];
}

/** The queries that are put together, with the UNIONs above that take out what is alike; undefined with INTERSECT or EXCEPT. */
function armsOf(select: SelectStmt, above: readonly SelectStmt[]): readonly Arm[] | undefined {
  const { op, all, larg, rarg } = select;
  if (op === undefined || op === 'SETOP_NONE') return [{ node: select, unions: above }];
  if (op !== 'SETOP_UNION' || larg === undefined || rarg === undefined) return undefined;
  const unions = all === true ? above : [...above, select];
  const [left, right] = [armsOf(larg, unions), armsOf(rarg, unions)];
  return left && right && [...left, ...right];
}

/** Do two rows of the table that is summed certainly come out alike, where they agree in what is selected? */
function alikeRows(
  graph: SchemaGraph,
  arm: Query,
  select: SelectStmt,
  places: ReadonlySet<number>,
): Pick<SummedUnion, 'summed' | 'table' | 'selected'> | undefined {
  const isPlain = !arm.groups && !arm.isDistinct && arm.limit === 'none' && select.havingClause === undefined;
  const outputs = outputsOf(select, arm.binding);
  if (!isPlain || outputs === undefined || arm.unresolved.length > 0) return undefined;
  if (!givesOneValue(select.targetList, arm.binding)) return undefined;
  const values = [...places].flatMap((at) => columnsOf(outputs[at], arm.binding));
  const [value] = values;
  if (value?.relation === undefined || value.level !== 0 || value.isOuter || !value.isDirect) return undefined;
  if (values.some((each) => each.source !== value.source || each.level !== 0)) return undefined;
  const table = graph.find(value.relation);
  if (table?.kind !== 'table' || table.isAssumed === true) return undefined;
  const own = (list: readonly ColumnMeaning[]) =>
    list.filter((each) => each.source === value.source && each.level === 0 && !each.isOuter);
  const selected = entitiesOf(graph, own(outputs.flatMap((each) => columnsOf(each, arm.binding))));
  if (outputs.some((each) => 'node' in each && readsRow(each.node, arm.binding))) return undefined;
  if (selected.some((each) => isTimeOfDay(graph, each) || isNamed(each.name, NAMES_OF_ROWS))) return undefined;
  const tested = arm.sources.flatMap(({ relation, tests }) =>
    relation === table.id ? tests.flatMap(({ kind, column }) => (kind === 'equal' ? [column] : [])) : [],
  );
  const known = new Set([...selected.map(({ id }) => id), ...tested]);
  if (isKeyAmong(graph, table.id, known)) return undefined;
  return { table, selected, summed: entitiesOf(graph, values) };
}

function columnsOf(output: Output | undefined, binding: Binding): readonly ColumnMeaning[] {
  if (output === undefined) return [];
  return 'node' in output ? columnsIn(output.node, binding) : [output.meaning];
}

function entitiesOf(graph: SchemaGraph, meanings: readonly ColumnMeaning[]): readonly Column[] {
  const ids = new Set(meanings.flatMap(({ column }) => column ?? []));
  return [...ids].map((each) => graph.get('column', each));
}

/** Two rows of one day are common, two of one microsecond are not. */
function isTimeOfDay(graph: SchemaGraph, { type }: Column): boolean {
  const kind = typeClass(graph, type);
  return kind === 'timestamp' || kind === 'timestamptz';
}

/** A whole row, or what a subselect finds, may tell rows apart. */
function readsRow(node: Node, { meanings }: Binding): boolean {
  return anyNode(node, (each) => 'SubLink' in each || meanings.get(innerOf(each))?.kind === 'row');
}

/** Whatever the index holds besides: rows that it lets be alike are few. */
function isKeyAmong(graph: SchemaGraph, table: EntityId, known: ReadonlySet<EntityId>): boolean {
  return graph
    .ownedBy(table, 'index')
    .some(
      ({ isUnique, keys }) =>
        isUnique &&
        keys.every(({ column, expression }) =>
          column === null
            ? expression?.references.every(({ kind, target }) => kind !== 'column' || known.has(target))
            : known.has(column),
        ),
    );
}

/** Rows of one table stand in one arm, and no join has made more of them: with UNION ALL each is there once. */
function readEachOnce(arms: readonly Arm[], byNode: ReadonlyMap<object, Query>): boolean {
  const read = arms.map(({ node }) => ((node.fromClause ?? []).length === 1 ? (byNode.get(node)?.sources ?? []) : []));
  const single = read.flatMap(([only, another]) =>
    only === undefined || another !== undefined ? [] : [only.relation],
  );
  return single.length === arms.length && new Set(single).size === arms.length;
}

/** UNION, or UNION DISTINCT, in the text that the tree's places count in. */
export function unionRange({ larg }: SelectStmt, text: string): TextRange | undefined {
  // The last name of FROM may be left: nothing in it is the word.
  const start = larg && clauseStart(text, 'union', expressionRange({ SelectStmt: larg }, text).end);
  if (start === undefined) return undefined;
  const end = tokenEnd(text, start);
  return { start, end: afterWord(text, end, new Set(['distinct'])) ?? end };
}
