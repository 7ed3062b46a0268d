import type { ColumnRef, Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, innerOf, stringsOf } from '../../../sql/nodes.ts';
import { type Visit, walk } from '../../../sql/walk.ts';
import type { EntityId } from '../../entity-id.ts';
import type { Binding, ColumnMeaning } from '../binding.ts';

export interface GroupingError {
  /** As the server says it. */
  readonly message: string;
  readonly node: Node;
}

/**
 * 42803: what stands outside of aggregates in a query that groups, and is no GROUP BY column nor follows from a primary key that is all of
 * it; an aggregate in WHERE (src/backend/parser/parse_agg.c). The first one, of this query alone. Undefined where there is none, or where
 * it is not certain: subselects in its expressions are not looked at, nor columns that a GROUP BY expression holds.
 * @param keyOf the columns of a relation's primary key
 */
export function groupingError(
  select: SelectStmt,
  binding: Binding,
  keyOf: (relation: EntityId) => readonly EntityId[],
): GroupingError | undefined {
  if (select.larg !== undefined || select.valuesLists !== undefined) return undefined;
  const inWhere = firstAggregate(select.whereClause, binding);
  if (inWhere !== undefined) return { message: 'aggregate functions are not allowed in WHERE', node: inWhere };
  const output = [...(select.targetList ?? []), ...(select.sortClause ?? [])];
  const parts = select.havingClause === undefined ? output : [...output, select.havingClause];
  const isGrouping = select.groupClause !== undefined || select.havingClause !== undefined;
  if (!isGrouping && parts.every((each) => firstAggregate(each, binding) === undefined)) return undefined;
  const grouped = groupedColumns(select, binding);
  if (grouped === undefined) return undefined;
  for (const part of parts) {
    const found = firstUngrouped(part, binding, grouped, keyOf);
    if (found === undefined) continue;
    const name = [qualifierOf(found.ref, found.meaning, select), found.meaning.name].join('.').replace(/^\./, '');
    const message = `column "${name}" must appear in the GROUP BY clause or be used in an aggregate function`;
    return { message, node: { ColumnRef: found.ref } };
  }
  return undefined;
}

const AGGREGATES = new Set(['JsonObjectAgg', 'JsonArrayAgg', 'GroupingFunc']);

/** The first call of an aggregate of this query. */
function firstAggregate(part: Node | undefined, binding: Binding): Node | undefined {
  let found: Node | undefined;
  walk(part, (tag, node) => {
    if (tag === 'SubLink') return 'skip';
    if (!AGGREGATES.has(tag) && callKind(node, binding) !== 'aggregate') return undefined;
    found = node;
    return 'stop';
  });
  return found;
}

/** An aggregate with OVER is a window function; what is not known may be an aggregate. */
function callKind(node: Node, { meanings }: Binding): 'aggregate' | 'other' | 'unknown' | undefined {
  const call = fieldsOf(node, 'FuncCall');
  if (call === undefined) return undefined;
  const meaning = meanings.get(call);
  if (meaning?.kind !== 'call') return 'unknown';
  return meaning.function.kind === 'aggregate' && call.over === undefined ? 'aggregate' : 'other';
}

interface Grouped {
  /** `source/index` of each. */
  readonly places: ReadonlySet<string>;
  readonly columns: ReadonlyMap<number, ReadonlySet<EntityId>>;
}

function groupedColumns(
  { groupClause, targetList = [], fromClause }: SelectStmt,
  binding: Binding,
): Grouped | undefined {
  const places = new Set<string>();
  const columns = new Map<number, Set<EntityId>>();
  let isKnown = !mergesColumns(fromClause);
  const note = (meaning: ColumnMeaning): void => {
    places.add(placeOf(meaning));
    if (meaning.index < 0) isKnown = false;
    if (meaning.column === undefined) return;
    const own = columns.get(meaning.source) ?? new Set();
    columns.set(meaning.source, own.add(meaning.column));
  };
  const hasStar = targetList.some((each) => starOf(each, binding) !== undefined);
  const visit: Visit = (_, node) => {
    const ref = fieldsOf(node, 'ColumnRef');
    const meaning = binding.meanings.get(innerOf(node));
    if (meaning?.kind === 'output') {
      if (hasStar) isKnown = false;
      else walk(fieldsOf(targetList[meaning.index], 'ResTarget')?.val, visit);
    } else if (ref !== undefined && meaning?.kind === 'column' && meaning.level === 0) note(meaning);
    else if (ref !== undefined && meaning?.kind !== 'column' && meaning?.kind !== 'variable') isKnown = false;
    return undefined;
  };
  walk(groupClause, visit);
  return isKnown ? { places, columns } : undefined;
}

/** A column of a join with USING stands for both sides'. */
function mergesColumns(fromClause: readonly Node[] | undefined): boolean {
  let found = false;
  walk(fromClause, (tag, node) => {
    const join = fieldsOf(node, 'JoinExpr');
    if (join?.isNatural === true || (join?.usingClause ?? []).length > 0) found = true;
    return tag === 'RangeSubselect' ? 'skip' : undefined;
  });
  return found;
}

function placeOf({ source, index }: ColumnMeaning): string {
  return `${source}/${index}`;
}

function starOf(
  target: Node,
  { meanings }: Binding,
): { readonly ref: ColumnRef; readonly columns: readonly ColumnMeaning[] } | undefined {
  const ref = fieldsOf(fieldsOf(target, 'ResTarget')?.val, 'ColumnRef');
  const meaning = ref && meanings.get(ref);
  return ref !== undefined && meaning?.kind === 'star' ? { ref, columns: meaning.columns } : undefined;
}

interface Ungrouped {
  readonly ref: ColumnRef;
  readonly meaning: ColumnMeaning;
}

function firstUngrouped(
  part: Node,
  binding: Binding,
  grouped: Grouped,
  keyOf: (relation: EntityId) => readonly EntityId[],
): Ungrouped | undefined {
  const isFree = (meaning: ColumnMeaning): boolean => {
    if (meaning.level !== 0 || meaning.isOuter || meaning.index < 0 || grouped.places.has(placeOf(meaning)))
      return false;
    const key = meaning.relation !== undefined && meaning.isDirect ? keyOf(meaning.relation) : [];
    const own = grouped.columns.get(meaning.source);
    return key.length === 0 || own === undefined || key.some((each) => !own.has(each));
  };
  const star = starOf(part, binding);
  const starred = star?.columns.find(isFree);
  if (star !== undefined) return starred && { ref: star.ref, meaning: starred };
  let found: Ungrouped | undefined;
  walk(part, (tag, node) => {
    const kind = callKind(node, binding);
    if (tag === 'SubLink' || AGGREGATES.has(tag) || kind === 'aggregate' || kind === 'unknown') return 'skip';
    const ref = fieldsOf(node, 'ColumnRef');
    const meaning = ref && binding.meanings.get(ref);
    if (ref === undefined || meaning?.kind !== 'column' || !isFree(meaning)) return undefined;
    found = { ref, meaning };
    return 'stop';
  });
  return found;
}

/** How the server calls what the column is of: its alias or name. */
function qualifierOf(ref: ColumnRef, { source }: ColumnMeaning, { fromClause }: SelectStmt): string {
  const written = stringsOf(ref.fields);
  const isStar = (ref.fields ?? []).some((each) => 'A_Star' in each);
  const own = isStar ? written.at(-1) : written.at(-2);
  return own ?? namesIn(fromClause)[source] ?? '';
}

function namesIn(fromClause: readonly Node[] | undefined): readonly string[] {
  const names: string[] = [];
  walk(fromClause, (tag, node) => {
    const range = fieldsOf(node, 'RangeVar') ?? fieldsOf(node, 'RangeSubselect') ?? fieldsOf(node, 'RangeFunction');
    if (range === undefined) return undefined;
    names.push(range.alias?.aliasname ?? ('relname' in range ? (range.relname ?? '') : ''));
    return tag === 'RangeVar' ? undefined : 'skip';
  });
  return names;
}
