import type {
  DeleteStmt,
  IndexElem,
  InsertStmt,
  MergeStmt,
  MergeWhenClause,
  Node,
  OnConflictClause,
  RangeVar,
  ResTarget,
  ReturningClause,
  UpdateStmt,
} from '@pgsql/types';
import { fieldsOf, innerOf } from '../../sql/nodes.ts';
import type { Analysis, QueryColumns } from './analysis.ts';
import { isVariableToo } from './column-ref.ts';
import { recordColumn } from './column-use.ts';
import { bindCondition } from './condition.ts';
import { bindFrom, bindRelation } from './from.ts';
import { columnsNamed, Level, meaningOf, relationEntry, type Source, type SourceColumn, seen } from './level.ts';
import { bindLiteral } from './literal.ts';
import { bindOpenSelect } from './select.ts';
import { bindTargetList, settleLiterals } from './target-list.ts';
import { noteWrongAssignment } from './type-clash.ts';
import { bindWith } from './with.ts';

const NOTHING: QueryColumns = { columns: [], columnsKnown: true };

export function bindInsert(insert: InsertStmt, analysis: Analysis, parent: Level | undefined): QueryColumns {
  const level = new Level(parent);
  if (insert.withClause) bindWith(insert.withClause, analysis, level);
  const target = targetOf(insert.relation, analysis, level);
  // The source query does not see the target's row.
  const source = insert.selectStmt && bindInserted(insert.selectStmt, analysis, level);
  for (const column of insert.cols ?? []) if ('ResTarget' in column) assign(column.ResTarget, target, analysis, level);
  const columns = insert.cols
    ? insert.cols.map((node) => columnNamed('ResTarget' in node ? node.ResTarget.name : undefined, target))
    : target.columns.slice(0, source?.columnsKnown === true ? source.columns.length : undefined);
  if (!insert.cols && source) {
    const meanings = columns.flatMap((column) => (column ? [meaningOf(column, 0)] : []));
    const isComplete = target.columnsKnown && source.columnsKnown;
    analysis.results.mean(insert, { kind: 'star', columns: meanings, isComplete });
  }
  coerceRows(insert.selectStmt, columns, analysis);
  if (source && fieldsOf(insert.selectStmt, 'SelectStmt')?.valuesLists === undefined)
    coerceOutput(insert.selectStmt, source, columns, analysis);
  if (insert.onConflictClause) bindOnConflict(insert.onConflictClause, target, analysis, level);
  level.visible = [seen(target)];
  return bindReturning(insert.returningClause, target, analysis, level);
}

function targetOf(range: RangeVar | undefined, analysis: Analysis, level: Level): Source {
  const relation = range && bindRelation(range, analysis);
  if (!relation)
    return level.add({ name: range?.alias?.aliasname ?? range?.relname, columns: [], columnsKnown: false });
  return level.add(relationEntry(relation, range.alias?.aliasname));
}

/** The source of an INSERT: what is an untyped literal in it takes the column's type. */
function bindInserted(source: Node, analysis: Analysis, level: Level): QueryColumns {
  if ('SelectStmt' in source) return bindOpenSelect(source.SelectStmt, analysis, level);
  return analysis.query(source, level);
}

/** The output of INSERT … SELECT takes the columns' types. */
function coerceOutput(
  query: Node | undefined,
  output: QueryColumns,
  columns: readonly (SourceColumn | undefined)[],
  analysis: Analysis,
): void {
  const targets = fieldsOf(query, 'SelectStmt')?.targetList ?? [];
  const isEach = targets.length === output.columns.length;
  for (const [at, { literal, type }] of output.columns.entries()) {
    const column = columns[at];
    if (literal) analysis.results.coerce(literal, column?.type);
    const value = isEach ? fieldsOf(targets[at], 'ResTarget')?.val : undefined;
    if (output.columnsKnown && !literal) noteWrongAssignment(column, [value, type], analysis, query);
  }
}

/** Values of INSERT … VALUES take the columns' types. */
function coerceRows(
  source: Node | undefined,
  columns: readonly (SourceColumn | undefined)[],
  analysis: Analysis,
): void {
  const { names, results } = analysis;
  for (const row of fieldsOf(source, 'SelectStmt')?.valuesLists ?? []) {
    for (const [at, value] of (fieldsOf(row, 'List')?.items ?? []).entries()) {
      const column = columns[at];
      const type = column?.type;
      if (type === undefined) continue;
      noteWrongAssignment(column, [value, results.typeOf(innerOf(value))], analysis);
      results.coerce(value, type);
      bindLiteral(value, type, names, results);
    }
  }
}

function columnNamed(name: string | undefined, target: Source): SourceColumn | undefined {
  return name === undefined ? undefined : columnsNamed(target, name)[0];
}

/** ON CONFLICT: the inferred index, and DO UPDATE, which sees the target and `excluded`. */
function bindOnConflict(clause: OnConflictClause, target: Source, analysis: Analysis, level: Level): void {
  const { infer } = clause;
  level.visible = [seen(target)];
  for (const node of infer?.indexElems ?? []) {
    if (!('IndexElem' in node)) continue;
    if (node.IndexElem.name !== undefined) inferFrom(node.IndexElem, node.IndexElem.name, target, analysis);
    analysis.expression(node.IndexElem.expr, level);
  }
  bindCondition(infer?.whereClause, 'WHERE', analysis, level);
  const excluded = level.add({ ...target.entry, name: 'excluded', relation: undefined });
  level.visible = [seen(target), seen(excluded)];
  bindAssignments(clause.targetList, target, analysis, level);
  bindCondition(clause.whereClause, 'WHERE', analysis, level);
}

/** resolve_unique_index_expr(): unlike the other names of an INSERT, one in ON CONFLICT (…) is an expression, which may be a variable. */
function inferFrom(element: IndexElem, name: string, target: Source, analysis: Analysis): void {
  if (isVariableToo(name, analysis))
    analysis.results.unresolved.push({ kind: 'column', name, node: element, reason: 'ambiguous' });
  else useName(element, name, target, analysis);
}

function bindAssignments(targets: readonly Node[] | undefined, target: Source, analysis: Analysis, level: Level): void {
  for (const node of targets ?? []) if ('ResTarget' in node) assign(node.ResTarget, target, analysis, level);
}

/** One `column = value`, or one name of INSERT's column list. */
function assign(item: ResTarget, target: Source, analysis: Analysis, level: Level): void {
  if (item.name !== undefined) useName(item, item.name, target, analysis);
  for (const step of item.indirection ?? []) {
    if ('A_Indices' in step)
      for (const index of [step.A_Indices.lidx, step.A_Indices.uidx]) analysis.expression(index, level);
  }
  const value = item.val && 'MultiAssignRef' in item.val ? firstOf(item.val.MultiAssignRef) : item.val;
  const own = analysis.expression(value, level);
  const column = columnNamed(item.name, target);
  const type = column?.type;
  if (type === undefined || value !== item.val || item.indirection !== undefined) return;
  noteWrongAssignment(column, [value, own], analysis);
  analysis.results.coerce(value, type);
  bindLiteral(value, type, analysis.names, analysis.results);
}

/** `(a, b) = (…)` repeats its source for each column: it is bound once. */
function firstOf({ source, colno }: { source?: Node; colno?: number }): Node | undefined {
  return colno === 1 ? source : undefined;
}

function useName(node: object, name: string, target: Source, { results }: Analysis): void {
  const column = columnNamed(name, target);
  if (column) {
    results.mean(node, meaningOf(column, 0));
    recordColumn(node, column, 0, results, { isQualified: false });
    return;
  }
  const reason = target.columnsKnown ? 'unknown' : 'undetermined';
  results.unresolved.push({ kind: 'column', name, node, reason, relation: target.relationId });
}

function bindReturning(
  clause: ReturningClause | undefined,
  target: Source,
  analysis: Analysis,
  level: Level,
): QueryColumns {
  if (!clause) return NOTHING;
  const named = (clause.options ?? []).flatMap((node) =>
    'ReturningOption' in node ? (node.ReturningOption.value ?? []) : [],
  );
  const taken = new Set(level.visible.map((each) => each.source.name));
  for (const name of [...named, ...['old', 'new'].filter((each) => !taken.has(each))]) {
    const entry = level.add({ ...target.entry, name, relation: undefined });
    level.visible = [...level.visible, { ...seen(entry), bare: [], bareKnown: true }];
  }
  return settleLiterals(bindTargetList(clause.exprs, analysis, level), analysis);
}

export function bindUpdate(update: UpdateStmt, analysis: Analysis, parent: Level | undefined): QueryColumns {
  const level = new Level(parent);
  if (update.withClause) bindWith(update.withClause, analysis, level);
  const target = targetOf(update.relation, analysis, level);
  level.visible = [seen(target)];
  bindFrom(update.fromClause, analysis, level);
  bindAssignments(update.targetList, target, analysis, level);
  bindCondition(update.whereClause, 'WHERE', analysis, level);
  return bindReturning(update.returningClause, target, analysis, level);
}

export function bindDelete(statement: DeleteStmt, analysis: Analysis, parent: Level | undefined): QueryColumns {
  const level = new Level(parent);
  if (statement.withClause) bindWith(statement.withClause, analysis, level);
  const target = targetOf(statement.relation, analysis, level);
  level.visible = [seen(target)];
  bindFrom(statement.usingClause, analysis, level);
  bindCondition(statement.whereClause, 'WHERE', analysis, level);
  return bindReturning(statement.returningClause, target, analysis, level);
}

export function bindMerge(merge: MergeStmt, analysis: Analysis, parent: Level | undefined): QueryColumns {
  const level = new Level(parent);
  if (merge.withClause) bindWith(merge.withClause, analysis, level);
  const target = targetOf(merge.relation, analysis, level);
  bindFrom(merge.sourceRelation && [merge.sourceRelation], analysis, level);
  const sources = level.visible;
  level.visible = [seen(target), ...sources];
  analysis.expression(merge.joinCondition, level);
  for (const node of merge.mergeWhenClauses ?? []) {
    if ('MergeWhenClause' in node) bindWhen(node.MergeWhenClause, target, analysis, level);
  }
  return bindReturning(merge.returningClause, target, analysis, level);
}

function bindWhen(clause: MergeWhenClause, target: Source, analysis: Analysis, level: Level): void {
  bindCondition(clause.condition, 'WHEN', analysis, level);
  bindAssignments(clause.targetList, target, analysis, level);
  for (const value of clause.values ?? []) analysis.expression(value, level);
}
