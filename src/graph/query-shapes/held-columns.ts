import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import { givesOneValue } from '../binding/questions/one-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { columnMeaning } from './operand.ts';
import type { Query, QuerySource } from './query.ts';
import type { ValueGuard } from './value-guards.ts';

/** A row that a routine has read. */
export interface RowReading {
  readonly query: Query;
  readonly source: QuerySource;
  /** A lock taken with it or before it keeps others out who read the same row in the same way. */
  readonly isSerialized: boolean;
  /** What WHERE asks of it. */
  readonly asks: readonly ValueGuard[];
  /** The function that reads it and gives back what it read; undefined where the routine reads it itself. */
  readonly through?: EntityOf<'function'>;
}

/** A value that comes from a column of a row that was read. */
export interface HeldColumn {
  readonly reading: RowReading;
  readonly column: EntityId;
  /** It is made of the column's value, and is not that value. */
  readonly isChanged: boolean;
}

/** What is known where an expression stands. */
export interface HoldersAround {
  /** By name; fields of records as `row.name`. */
  readonly variables: ReadonlyMap<string, readonly HeldColumn[]>;
  readonly queries: readonly Query[];
  readingOf(query: Query, relation: EntityId): RowReading | undefined;
  /** What a call gives of rows that the function has read. */
  givenBy?(call: Node, binding: Binding): readonly HeldColumn[];
}

const COMPARING = new Set(['=', '<>', '!=', '<', '<=', '>', '>=', '~~', '!~~', '@>', '<@', '?', '&&']);

/** Of which columns of read rows a value is made; what only decides between values, and by what rows are looked up, left out. */
export function heldBy(
  node: Node | undefined,
  binding: Binding,
  around: HoldersAround,
  own?: Query,
): readonly HeldColumn[] {
  const inside = (part: Node | undefined) => heldBy(part, binding, around, own);
  const ofAll = (parts: readonly Node[] | undefined) => (parts ?? []).flatMap(inside);
  if (node === undefined) return [];
  if ('ColumnRef' in node) return ofReference(node, binding, around, own);
  if ('TypeCast' in node) return inside(node.TypeCast.arg);
  if ('CollateClause' in node) return inside(node.CollateClause.arg);
  if ('CoalesceExpr' in node) return ofAll(node.CoalesceExpr.args);
  if ('CaseExpr' in node) {
    const results = (node.CaseExpr.args ?? []).map((each) => fieldsOf(each, 'CaseWhen')?.result);
    return [...results, node.CaseExpr.defresult].flatMap(inside);
  }
  if ('A_Expr' in node) {
    const { kind, name, lexpr, rexpr } = node.A_Expr;
    if (kind === 'AEXPR_NULLIF') return inside(lexpr);
    const isComparing = kind !== 'AEXPR_OP' || COMPARING.has(stringsOf(name).at(-1) ?? '');
    return isComparing ? [] : changed([...inside(lexpr), ...inside(rexpr)]);
  }
  if ('SubLink' in node) {
    const query = around.queries.find((each) => each.node === node.SubLink.subselect);
    return query === undefined ? [] : ofSubselect(query, binding, around);
  }
  const given = 'FuncCall' in node ? (around.givenBy?.(node, binding) ?? []) : [];
  if (given.length > 0) return given;
  const found: HeldColumn[] = [];
  walk(node, (_, each) => {
    if (each !== node && ('ColumnRef' in each || 'SubLink' in each || 'A_Expr' in each)) {
      found.push(...inside(each));
      return 'skip';
    }
    return undefined;
  });
  return changed(found);
}

function changed(held: readonly HeldColumn[]): readonly HeldColumn[] {
  return held.map((each) => ({ ...each, isChanged: true }));
}

function ofReference(node: Node, binding: Binding, around: HoldersAround, own?: Query): readonly HeldColumn[] {
  const reference = fieldsOf(node, 'ColumnRef');
  const meaning = reference && binding.meanings.get(reference);
  if (meaning?.kind === 'variable') return around.variables.get(meaning.name) ?? [];
  const column = columnMeaning(node, binding);
  if (own === undefined || column?.column === undefined || column.relation === undefined) return [];
  const reading = column.level === 0 && column.isDirect ? around.readingOf(own, column.relation) : undefined;
  return reading === undefined ? [] : [{ reading, column: column.column, isChanged: false }];
}

/** `(select balance from accounts …)`, and `(select jsonb_agg(e) from jsonb_array_elements(v_items) e)`. */
function ofSubselect(query: Query, binding: Binding, around: HoldersAround): readonly HeldColumn[] {
  const { targetList, fromClause } = fieldsOf(query.node, 'SelectStmt') ?? {};
  const outputs = (targetList ?? []).map((each) => fieldsOf(each, 'ResTarget')?.val);
  const functions = (fromClause ?? []).filter((each) => 'RangeFunction' in each);
  return [
    ...outputs.flatMap((each) => heldBy(each, binding, around, query)),
    ...changed(functions.flatMap((each) => heldBy(each, binding, around))),
  ];
}

/** Does the query give single rows of its sources, and not what many of them come to? */
export function givesRows({ node, binding, groups, isDistinct }: Query): boolean {
  const select = fieldsOf(node, 'SelectStmt');
  if (select === undefined || groups || isDistinct || select.havingClause !== undefined) return false;
  return select.larg === undefined && givesOneValue(select.targetList, binding);
}
