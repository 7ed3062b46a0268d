import type { Node, SelectStmt, WithClause } from '@pgsql/types';
import type { Analysis, QueryColumns } from './analysis.ts';
import { builtin } from './builtin/builtins.ts';
import { bindCondition } from './condition.ts';
import { bindFrom } from './from.ts';
import { type BoundSourceColumn, findColumn, Level } from './level.ts';
import { bindTargetList, settleLiterals } from './target-list.ts';
import { noteNoCommonType } from './type-clash.ts';
import { commonType } from './type-system.ts';
import { bindWindow } from './window.ts';
import { bindWith } from './with.ts';

/** transformSelectStmt() and transformSetOperationStmt(). */
export function bindSelect(select: SelectStmt, analysis: Analysis, parent: Level | undefined): QueryColumns {
  return settleLiterals(bindOpenSelect(select, analysis, parent), analysis);
}

/** A query whose untyped literals are left to what it is part of: a set operation, an INSERT. */
export function bindOpenSelect(select: SelectStmt, analysis: Analysis, parent: Level | undefined): QueryColumns {
  const level = new Level(parent);
  bindWithClause(select.withClause, analysis, level);
  if (select.larg && select.rarg) return bindSetOperation(select, select.larg, select.rarg, analysis, level);
  if (select.valuesLists) return bindValues(select, analysis, level);
  return bindPlain(select, analysis, level);
}

function bindWithClause(clause: WithClause | undefined, analysis: Analysis, level: Level): void {
  if (clause) bindWith(clause, analysis, level);
}

function bindPlain(select: SelectStmt, analysis: Analysis, level: Level): QueryColumns {
  bindFrom(select.fromClause, analysis, level);
  const output = bindTargetList(select.targetList, analysis, level);
  bindCondition(select.whereClause, 'WHERE', analysis, level);
  bindCondition(select.havingClause, 'HAVING', analysis, level);
  bindOrder(select.sortClause, output.columns, analysis, level);
  for (const node of select.groupClause ?? []) bindGrouping(node, output.columns, analysis, level);
  // DISTINCT without ON is a list with one empty node.
  for (const node of select.distinctClause ?? []) bindOutputOr(node, output.columns, analysis, level);
  for (const node of select.windowClause ?? []) if ('WindowDef' in node) bindWindow(node.WindowDef, analysis, level);
  bindLimit(select, analysis, level);
  return output;
}

function bindLimit(select: SelectStmt, analysis: Analysis, level: Level): void {
  for (const node of [select.limitOffset, select.limitCount]) {
    analysis.expression(node, level);
    analysis.results.coerce(node, builtin('int8'));
  }
}

function bindOrder(
  sort: readonly Node[] | undefined,
  output: readonly BoundSourceColumn[],
  analysis: Analysis,
  level: Level,
): void {
  for (const node of sort ?? []) {
    const key = 'SortBy' in node ? node.SortBy.node : node;
    if (key) bindOutputOr(key, output, analysis, level);
  }
}

/** findTargetlistEntrySQL92(): a bare name or number that means an output column; anything else is an expression. */
function bindOutputOr(node: Node, output: readonly BoundSourceColumn[], analysis: Analysis, level: Level): void {
  const inner = 'ColumnRef' in node ? node.ColumnRef : 'A_Const' in node ? node.A_Const : undefined;
  const index = outputIndex(node, output);
  if (inner && index !== undefined) analysis.results.mean(inner, { kind: 'output', index });
  else analysis.expression(node, level);
}

function outputIndex(node: Node, output: readonly BoundSourceColumn[]): number | undefined {
  if ('A_Const' in node && node.A_Const.ival) return (node.A_Const.ival.ival ?? 0) - 1;
  const name = bareName(node);
  const index = name === undefined ? -1 : output.findIndex((column) => column.name === name);
  return index < 0 ? undefined : index;
}

function bareName(node: Node): string | undefined {
  if (!('ColumnRef' in node)) return undefined;
  const [first, ...rest] = node.ColumnRef.fields ?? [];
  return rest.length === 0 && first && 'String' in first ? first.String.sval : undefined;
}

/** In GROUP BY a column of FROM goes before an output column of the same name. */
function bindGrouping(node: Node, output: readonly BoundSourceColumn[], analysis: Analysis, level: Level): void {
  if ('GroupingSet' in node) {
    for (const each of node.GroupingSet.content ?? []) bindGrouping(each, output, analysis, level);
    return;
  }
  if ('RowExpr' in node) {
    for (const each of node.RowExpr.args ?? []) bindGrouping(each, output, analysis, level);
    return;
  }
  const name = bareName(node);
  const found = name === undefined ? undefined : findColumn(level, name);
  const isOwn = found !== undefined && (found.kind !== 'column' || found.level === 0);
  if (isOwn) analysis.expression(node, level);
  else bindOutputOr(node, output, analysis, level);
}

/** VALUES (…), (…): column1, column2 …, each of the common type. */
function bindValues(select: SelectStmt, analysis: Analysis, level: Level): QueryColumns {
  const rows = (select.valuesLists ?? []).map((row) => ('List' in row ? (row.List.items ?? []) : []));
  const types = rows.map((row) => row.map((value) => analysis.expression(value, level)));
  const columns = (rows[0] ?? []).map((_, at): BoundSourceColumn => {
    const type = commonType(
      types.map((row) => row[at]),
      analysis.names,
    );
    for (const row of rows) analysis.results.coerce(row[at], type);
    return { name: `column${at + 1}`, type };
  });
  bindOrder(select.sortClause, columns, analysis, level);
  bindLimit(select, analysis, level);
  return { columns, columnsKnown: true };
}

const SET_OPERATIONS = { SETOP_NONE: '', SETOP_UNION: 'UNION', SETOP_INTERSECT: 'INTERSECT', SETOP_EXCEPT: 'EXCEPT' };

/** A place for what is said of a set operation. */
function firstOutput(select: SelectStmt): Node | undefined {
  for (let arm: SelectStmt | undefined = select; arm; arm = arm.larg) {
    const [first] = arm.targetList ?? [];
    if (first && 'ResTarget' in first) return first.ResTarget.val;
  }
  return undefined;
}

/** The left arm names the columns; ORDER BY may only use those. */
function bindSetOperation(
  select: SelectStmt,
  larg: SelectStmt,
  rarg: SelectStmt,
  analysis: Analysis,
  level: Level,
): QueryColumns {
  const left = bindOpenSelect(larg, analysis, level);
  const right = bindOpenSelect(rarg, analysis, level);
  const columns = left.columns.map(({ name, type, literal }, at): BoundSourceColumn => {
    const other = right.columns[at];
    const common = commonType([type, other?.type], analysis.names);
    if (common === undefined)
      noteNoCommonType(SET_OPERATIONS[select.op ?? 'SETOP_UNION'], [type, other?.type], firstOutput(larg), analysis);
    for (const node of [literal, other?.literal]) analysis.results.coerce(node, common);
    return { name, type: common };
  });
  bindOrder(select.sortClause, columns, analysis, level);
  bindLimit(select, analysis, level);
  return { columns, columnsKnown: left.columnsKnown };
}
