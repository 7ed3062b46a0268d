import type { A_Expr, ColumnRef, Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { TextRange } from '../../sql/range.ts';
import { anyNode, type Child, walkBelow } from '../../sql/walk.ts';
import type { ColumnMeaning } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { namesRowOutside } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenName } from './written-name.ts';

/** Two names that were meant for two things and stand for one row, or one thing. */
export interface Capture {
  /** `itself`: one column on both sides. `ownKey`: a key to another table, compared with a column of its own row. `path`: the name of a row, taken for the path of an object. */
  readonly kind: 'itself' | 'ownKey' | 'path';
  /** The name that was meant for something outside. */
  readonly name: string;
  /** The other side, without its qualifier. */
  readonly other: string;
  /** How the row is called that took it, and which relation that is, where it is known. */
  readonly row: string;
  readonly relation: EntityId | null;
  /** Something else beside it says which row of the inner column is meant: `id = t.id and id = notes.team_id`. It only says what is said anyway. */
  readonly isIdle: boolean;
  /** As written, and where. */
  readonly comparison: string;
  readonly range: TextRange;
  /** Where the name stands, in units of the expression's text. */
  readonly offset: number;
  readonly length: number;
  /** The innermost subselect it stands in; null outside of one. */
  readonly subselect: SelectStmt | null;
  /** The type that the part of a `path` is cast to, where the cast of an ordinary name fails. */
  readonly failsAs?: 'uuid' | 'number';
  /** The name. */
  readonly node: Node;
}

/**
 * The comparisons of an expression in which a name means something nearer than its writer thought: an unqualified name is first looked for in
 * the FROM beside it, and only then in the row outside (docs 7.2.1.3, "lateral" aside; transformColumnRef()). `m.team_id = team_id` is true
 * of every m.
 * @param keyTo the table whose row is outside: a key to it that is compared with a column of its own row was meant for that
 */
export function capturesIn(graph: SchemaGraph, expression: BoundExpression, keyTo?: EntityId): readonly Capture[] {
  const found: Capture[] = [];
  walkBelow(expression.tree, (tag, node, parents) => {
    const comparison = tag === 'A_Expr' ? fieldsOf(node, tag) : undefined;
    if (comparison?.kind !== 'AEXPR_OP' || !COMPARING.has(stringsOf(comparison.name).at(-1) ?? '')) return undefined;
    const capture = captureOf(graph, expression, comparison, parents, keyTo);
    if (capture !== undefined) found.push(capture);
    return undefined;
  });
  return found;
}

const COMPARING: ReadonlySet<string> = new Set(['=', '<>', '!=', '<', '>', '<=', '>=']);

function captureOf(
  graph: SchemaGraph,
  expression: BoundExpression,
  comparison: A_Expr,
  parents: readonly Child[],
  keyTo: EntityId | undefined,
): Capture | undefined {
  const { lexpr, rexpr, name: operator } = comparison;
  const [left, right] = [fieldsOf(lexpr, 'ColumnRef'), fieldsOf(rexpr, 'ColumnRef')];
  if (left === undefined || right === undefined) return undefined;
  const [leftPath, rightPath] = [stringsOf(left.fields), stringsOf(right.fields)];
  const subselect = fieldsOf(parents.findLast((each) => each.tag === 'SelectStmt')?.node, 'SelectStmt') ?? null;
  const meanings = [left, right].map((each) => expression.meanings.get(each));
  const [one, two] = meanings.map((each) => (each?.kind === 'column' ? each : undefined));
  const isOneRow = one !== undefined && two !== undefined && one.level === two.level && one.source === two.source;
  // What was meant for outside is the name without a qualifier; a catalog prints both with theirs.
  const captured = leftPath.length === 1 && rightPath.length > 1 ? left : right;
  const kept = captured === left ? right : left;
  const other = stringsOf(kept.fields).at(-1) ?? '';
  const shared = {
    name: stringsOf(captured.fields).at(-1) ?? '',
    other,
    row: stringsOf(kept.fields).at(-2) ?? rowName(graph, captured === left ? two : one, subselect),
    relation: (isOneRow ? one.relation : undefined) ?? null,
    isIdle: false,
    ...writtenComparison(expression, left, right),
    ...rangeOf(expression, captured),
    subselect,
    node: { ColumnRef: captured },
  };
  if (isOneRow ? one.index === two.index && one.name === two.name : isSameName(leftPath, rightPath, subselect))
    return { kind: 'itself', ...shared, isIdle: isTiedBeside(expression, comparison, subselect, one) };
  const isKey =
    keyTo !== undefined && isOneRow && one.level === 0 && !one.isOuter && stringsOf(operator).at(-1) === '=';
  if (!isKey) return undefined;
  const [key, taken] = captured === left ? [two, one] : [one, two];
  if (refersTo(graph, key, taken.name, keyTo)) return { kind: 'ownKey', ...shared };
  // The key may be that of the row outside as well: `profiles where id = user_id`, which profiles has too. A catalog prints both with the table's name.
  const isOwnName = (path: readonly string[]) => path.length === 1 || path.at(-2) === tableName(graph, key);
  const alone = [
    { node: captured, path: captured === left ? leftPath : rightPath, of: taken, at: key },
    { node: kept, path: captured === left ? rightPath : leftPath, of: key, at: taken },
  ].find(({ path, of, at }) => isOwnName(path) && isKeyOutside(graph, keyTo, of, at));
  if (alone !== undefined) {
    const { node, of, at } = alone;
    return {
      kind: 'ownKey',
      ...shared,
      name: of.name,
      other: at.name,
      ...rangeOf(expression, node),
      node: { ColumnRef: node },
    };
  }
  // Both written alike (x.id = x.team_id): either may be the key.
  if (leftPath.length !== rightPath.length || !refersTo(graph, taken, key.name, keyTo)) return undefined;
  return {
    kind: 'ownKey',
    ...shared,
    name: key.name,
    other: taken.name,
    ...rangeOf(expression, kept),
    node: { ColumnRef: kept },
  };
}

/** Where not all columns are known: `q.x = x` is one column wherever q stands in the FROM that x is first looked for in. */
function isSameName(left: readonly string[], right: readonly string[], subselect: SelectStmt | null): boolean {
  if (left.at(-1) !== right.at(-1)) return false;
  const [qualifier, other] = [left.at(-2), right.at(-2)];
  if (qualifier === other) return left.length === right.length;
  if (qualifier !== undefined && other !== undefined) return false;
  return fromNames(subselect?.fromClause).includes(qualifier ?? other ?? '');
}

/** How the items of a FROM are called. */
export function fromNames(items: readonly Node[] | undefined): readonly string[] {
  return (items ?? []).flatMap((item): readonly string[] => {
    const join = fieldsOf(item, 'JoinExpr');
    if (join !== undefined) return fromNames([join.larg, join.rarg].flatMap((each) => each ?? []));
    const table = fieldsOf(item, 'RangeVar');
    const alias = (table ?? fieldsOf(item, 'RangeSubselect') ?? fieldsOf(item, 'RangeFunction'))?.alias?.aliasname;
    return [alias ?? table?.relname ?? []].flat();
  });
}

function rowName(graph: SchemaGraph, meaning: ColumnMeaning | undefined, subselect: SelectStmt | null): string {
  return fromNames(subselect?.fromClause)[0] ?? relationNamed(graph, meaning) ?? '';
}

/** What the relation that a column comes from is called, where it is known. */
export function relationNamed(graph: SchemaGraph, meaning: ColumnMeaning | undefined): string | undefined {
  const relation = meaning?.relation === undefined ? undefined : graph.find(meaning.relation);
  return relation !== undefined && 'name' in relation && typeof relation.name === 'object'
    ? relation.name.name
    : undefined;
}

/** Is the column a foreign key of its own to that column of the table? */
function refersTo(graph: SchemaGraph, { column }: ColumnMeaning, name: string, table: EntityId): boolean {
  const of = column === undefined ? undefined : graph.find(column);
  if (of?.kind !== 'column') return false;
  return graph.ownedBy(of.relation, 'foreignKey').some(({ columns, referencedColumns, referencedTable }) => {
    const target = referencedColumns[0];
    const isSole = columns.length === 1 && columns[0] === column && referencedTable === table;
    return isSole && target !== undefined && graph.columnNames([target])[0] === name;
  });
}

function tableName(graph: SchemaGraph, { relation }: ColumnMeaning): string | undefined {
  const table = relation === undefined ? undefined : graph.find(relation);
  return table?.kind === 'table' ? table.name.name : undefined;
}

/** Has the table outside a column of the same name, and a key by it to the other column? */
function isKeyOutside(graph: SchemaGraph, outside: EntityId, { name }: ColumnMeaning, other: ColumnMeaning): boolean {
  const column = graph.column(outside, name);
  const target = other.column;
  if (column === undefined || target === undefined) return false;
  return graph
    .ownedBy(outside, 'foreignKey')
    .some(
      ({ columns, referencedColumns }) =>
        columns.length === 1 && columns[0] === column.id && referencedColumns[0] === target,
    );
}

function rangeOf(expression: BoundExpression, reference: ColumnRef): { offset: number; length: number } {
  const { start, end } = writtenName(expression, reference);
  return { offset: start, length: end - start };
}

function writtenComparison(expression: BoundExpression, left: ColumnRef, right: ColumnRef) {
  const last = rangeOf(expression, right);
  const range = { start: rangeOf(expression, left).offset, end: last.offset + last.length };
  return { range, comparison: expression.text.slice(range.start, range.end).replace(/\s+/g, ' ') };
}

/** Is the column compared with the row outside as well, by what AND connects with a comparison with itself? */
function isTiedBeside(
  { meanings }: BoundExpression,
  comparison: A_Expr,
  subselect: SelectStmt | null,
  column: ColumnMeaning | undefined,
): boolean {
  const beside = conjuncts(subselect?.whereClause).map((each) => fieldsOf(each, 'A_Expr'));
  const meaningOf = (side: Node | undefined): ColumnMeaning | undefined => {
    const reference = fieldsOf(side, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    return meaning?.kind === 'column' ? meaning : undefined;
  };
  const isIt = (each: ColumnMeaning) =>
    each.level === column?.level && each.source === column.source && each.name === column.name;
  if (column === undefined || !isEquality(comparison) || !beside.includes(comparison)) return false;
  return beside.some((each) => {
    if (each === undefined || !isEquality(each)) return false;
    const sides = [meaningOf(each.lexpr), meaningOf(each.rexpr)];
    return sides.some((side) => side !== undefined && isIt(side)) && sides.some((side) => side?.isOuter === true);
  });
}

function isEquality({ kind, name }: A_Expr): boolean {
  return kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=';
}

/**
 * Does the expression look for rows of some table by a key that is compared with a column of these rows alone: found by chance, whatever the row
 * outside is?
 */
export function isFoundByChance(graph: SchemaGraph, expression: BoundExpression, keyTo: EntityId): boolean {
  const captures = capturesIn(graph, expression, keyTo).filter(({ kind }) => kind === 'ownKey');
  const captured = new Set(captures.map(({ subselect }) => subselect));
  return captures.some(({ relation }) => {
    const table = relation === null ? undefined : graph.find(relation);
    if (table?.kind !== 'table') return false;
    return !anyNode(expression.tree, (node) => {
      const select = fieldsOf(node, 'SelectStmt');
      const reads = (item: Node) => fieldsOf(item, 'RangeVar')?.relname === table.name.name;
      return (
        select !== undefined &&
        !captured.has(select) &&
        anyNode({ SelectStmt: { fromClause: select.fromClause ?? [] } }, reads)
      );
    });
  });
}

/** Does the subselect that a capture stands in, or one around it, ask anything else of the row outside the expression? */
export function subselectNamesRow({ tree, meanings }: BoundExpression, { subselect }: Capture): boolean {
  // The outermost subselect that holds it holds those in between.
  return anyNode(tree, (node) => {
    const link = fieldsOf(node, 'SubLink');
    return link !== undefined && holds(link.subselect, subselect) && namesRowOutside(node, { meanings });
  });
}

function holds(tree: Node | undefined, select: SelectStmt | null): boolean {
  return anyNode(tree, (node) => fieldsOf(node, 'SelectStmt') === select);
}

/**
 * The comparisons in the body of a routine that were meant to be with a parameter, and are of a column with itself: in an SQL function a column goes
 * before a parameter of the same name (docs 36.5.1).
 */
export function capturedParameters(graph: SchemaGraph, routine: EntityOf<'function'>): readonly CapturedParameter[] {
  const parameters = new Set(
    routine.parameters.flatMap(({ name, mode }) => (name === null || mode === 'out' ? [] : name)),
  );
  if (parameters.size === 0) return [];
  return routineShape(graph, routine).expressions.flatMap((bound) =>
    capturesIn(graph, bound).flatMap((capture) => {
      const isBare = !bound.text.slice(capture.offset, capture.offset + capture.length).includes('.');
      return capture.kind === 'itself' && isBare && parameters.has(capture.name) ? [{ capture, bound }] : [];
    }),
  );
}

export interface CapturedParameter {
  readonly capture: Capture;
  readonly bound: BoundExpression;
}

/** Is the name of such a parameter compared with another column as well, where a column takes it too? What is meant there cannot be told. */
export function isCapturedElsewhere(captured: readonly CapturedParameter[]): boolean {
  return captured.some(({ capture: { name, other }, bound }) =>
    anyNode(bound.tree, (node) => {
      const { kind, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
      if (kind !== 'AEXPR_OP') return false;
      const names = [lexpr, rexpr].map((side) => stringsOf(fieldsOf(side, 'ColumnRef')?.fields));
      const bare = names.findIndex((each) => each.length === 1 && each[0] === name);
      const reference = fieldsOf(bare === 0 ? lexpr : rexpr, 'ColumnRef');
      const isColumn = reference !== undefined && bound.meanings.get(reference)?.kind === 'column';
      const against = names[1 - bare]?.at(-1);
      return bare >= 0 && isColumn && against !== undefined && against !== other;
    }),
  );
}
