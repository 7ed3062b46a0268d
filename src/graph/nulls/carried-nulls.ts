import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { type Assumption, foldValue } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { isAlwaysNull, isNeverTrue } from '../binding/questions/never-true.ts';
import { textValue } from '../binding/questions/text-value.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isCaughtAround } from '../failures/failing-names.ts';
import { isAuthUsers } from '../lexicon/table-roles.ts';
import { ownColumn, ownColumns } from '../own-column.ts';
import {
  eachStatement,
  handlersAround,
  leaves,
  listsIn,
  mayLeave,
  ownExpressions,
} from '../query-shapes/pl-statements.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import { type RowEvent, reachedUnder, startsFor } from '../query-shapes/trigger-ways.ts';
import { triedInserts } from '../routines/certain-inserts.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { isNullable } from './nullability.ts';

type Column = EntityOf<'column'>;
type Trigger = EntityOf<'trigger'>;
type Row = 'new' | 'old';

/** A trigger that puts a column of its row, which may be NULL, where no NULL may be: the statement that fired it fails with 23502. */
export interface CarriedNull {
  readonly trigger: Trigger;
  readonly function: EntityOf<'function'>;
  readonly event: RowEvent;
  readonly row: Row;
  /** Of the trigger's table. */
  readonly column: Column;
  /** That must have a value. */
  readonly into: Column;
  /** What the same row must have a value in as well. */
  readonly also: readonly AlsoNull[];
  readonly statement: PlStatement;
  /** What is put there. */
  readonly value: Node;
  /** Each row that holds the NULL comes to it, whatever else is in it. */
  readonly isAlways: boolean;
}

/** A column that gets no value either. */
export interface AlsoNull {
  readonly into: Column;
  /** It would get one from what whoever signs up sent (raw_user_meta_data). */
  readonly isUnlessSent: boolean;
}

/**
 * Followed under the assumption that the column is NULL: conditions that are false or NULL then close their branches, and what leaves before leaves.
 * Nothing is said of an INSERT in a loop or under a handler for that error, nor where something between may know that the column has a value: a
 * variable, FOUND or a call that rests on it, a CHECK that does not pass a NULL by itself, policies that let no such row in, a BEFORE trigger that sets it.
 */
export function carriedNulls(graph: SchemaGraph, trigger: Trigger): readonly CarriedNull[] {
  const { level, timing, function: called } = trigger;
  const routine = called === null ? undefined : graph.find(called);
  if (level !== 'row' || timing === 'insteadOf' || !firesInOrigin(trigger)) return [];
  if (routine?.kind !== 'function' || routine.language !== 'plpgsql') return [];
  if (graph.isDoubtful(routine, ['functions'])) return [];
  const shape = routineShape(graph, routine);
  if (shape.block === null || !shape.writes.some(({ write }) => write.kind === 'insert')) return [];
  return ROWS.flatMap((row) =>
    graph.columns(trigger.relation).flatMap((column) => {
      for (const event of trigger.events) {
        if (event === 'truncate' || event === (row === 'new' ? 'delete' : 'insert')) continue;
        if (!mayBeNull(graph, column, event, row)) continue;
        const found = insertsOf(graph, trigger, shape, event, row, column);
        if (found.length > 0) return found.map((each) => ({ trigger, function: routine, event, row, column, ...each }));
      }
      return [];
    }),
  );
}

const ROWS: readonly Row[] = ['new', 'old'];

/** May a row hold NULL there when the trigger runs? */
function mayBeNull(graph: SchemaGraph, column: Column, event: RowEvent, row: Row): boolean {
  if (column.generated !== null || column.identity !== null || !isNullable(graph, column)) return false;
  if (!graph.isKnown(column, 'notNull') || graph.isDoubtful(column, ['columns', 'constraints'])) return false;
  if (row === 'new' && event !== 'delete') {
    const { sets, unknown } = columnsSetByTriggers(graph, column.relation, event);
    if (unknown.length > 0 || sets.some((each) => each.column === column.id)) return false;
  }
  return !isAskedByChecks(graph, column) && !isShutOut(graph, column, event, row);
}

/** A CHECK that names the column, and of which a NULL there alone does not decide that it passes. */
function isAskedByChecks(graph: SchemaGraph, column: Column): boolean {
  return graph.ownedBy(column.relation, 'checkConstraint').some(({ isEnforced, expression }) => {
    if (!isEnforced || !ownColumns(expression.tree, expression).has(column.id)) return false;
    const assume: Assumption = (node) => (ownColumn(node, expression) === column.id ? null : undefined);
    const passes = foldBoolean(expression.tree, assume);
    return passes === undefined ? !isAlwaysNull(expression.tree, assume) : passes === false;
  });
}

/** Each policy by which clients could write such a row wants a value in the column. */
function isShutOut(graph: SchemaGraph, column: Column, event: RowEvent, row: Row): boolean {
  const table = graph.find(column.relation);
  if (table?.kind !== 'table' || !table.rowSecurity) return false;
  const policies = graph.ownedBy(table.id, 'policy').filter(({ command }) => command === 'all' || command === event);
  const shuts = ({ using, check }: EntityOf<'policy'>): boolean => {
    const clause = row === 'old' ? using : (check ?? using);
    if (clause === null) return false;
    return isNeverTrue(clause.tree, (node) => (ownColumn(node, clause) === column.id ? null : undefined));
  };
  const permissive = policies.filter(({ isPermissive }) => isPermissive);
  const isWanted = permissive.length > 0 && permissive.every(shuts);
  return isWanted || policies.some((each) => !each.isPermissive && shuts(each));
}

type Found = Pick<CarriedNull, 'into' | 'also' | 'statement' | 'value' | 'isAlways'>;

function insertsOf(
  graph: SchemaGraph,
  trigger: Trigger,
  shape: RoutineShape,
  event: RowEvent,
  row: Row,
  column: Column,
): readonly Found[] {
  const { block } = shape;
  const table = graph.find(trigger.relation);
  if (block === null || table?.kind !== 'table') return [];
  const starts = startsFor(event);
  const assume: Assumption = (node) => {
    const [first, second, third] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    if (first === row && second === column.name && third === undefined) return null;
    if (second === undefined && (first === 'tg_table_name' || first === 'tg_relname')) return table.name.name;
    return starts(node);
  };
  if (trigger.when !== null && isNeverTrue(trigger.when.tree, assume)) return [];
  const unsent: Assumption = (node) => (isAuthUsers(table.name) && isSent(node) ? null : assume(node));
  const found: Found[] = [];
  const all = [...eachStatement([block])];
  const reached = new Set(reachedUnder([block], assume));
  for (const { statement, parents } of all) {
    if (!reached.has(statement) || parents.some(isLoop)) continue;
    const isCaught = isCaughtAround(handlersAround(statement, parents), '23502', 'not_null_violation');
    if (isCaught !== false) continue;
    for (const { into, sets } of triedInserts(shape, statement)) {
      const required = requiredOf(graph, into, sets);
      const filled = required.find(([, value]) => isAlwaysNull(value, assume));
      if (filled === undefined) continue;
      const before = all
        .slice(
          0,
          all.findIndex((each) => each.statement === statement),
        )
        .map((each) => each.statement);
      const deciding = decidingFor(statement, parents, before);
      if (deciding.some((each) => restsOnOther(each, assume, { row, column, before }))) continue;
      const isOpen = before.some(isLoop) || deciding.some((each) => foldBoolean(each, assume) === undefined);
      const isForAll = trigger.when === null && trigger.updateColumns.length === 0;
      const also = required.flatMap(([each, value]): readonly AlsoNull[] => {
        if (each === filled[0] || !isAlwaysNull(value, withTexts(unsent))) return [];
        return [{ into: each, isUnlessSent: !isAlwaysNull(value, withTexts(assume)) }];
      });
      found.push({ into: filled[0], also, statement, value: filled[1], isAlways: isForAll && !isOpen });
    }
  }
  return found;
}

/** Functions of text give NULL for NULL. */
function withTexts(assume: Assumption): Assumption {
  const all: Assumption = (node) => {
    const own = assume(node);
    if (own !== undefined) return own;
    return textValue(node, (part) => foldValue(part, all)) === null ? null : undefined;
  };
  return all;
}

/** `new.raw_user_meta_data ->> 'full_name'` */
function isSent(node: Node): boolean {
  const { kind, name, lexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const field = rowField(lexpr);
  const isField = kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '->>';
  return isField && field?.row === 'new' && field.name === 'raw_user_meta_data';
}

function isLoop({ kind }: PlStatement): boolean {
  return kind === 'loop' || kind === 'while' || kind.startsWith('for');
}

/** The columns of a table that must have a value when an INSERT has given them this one. */
function requiredOf(
  graph: SchemaGraph,
  into: CarriedNull['into']['relation'],
  sets: readonly SetColumn[],
): readonly (readonly [Column, Node])[] {
  const table = graph.find(into);
  if (table?.kind !== 'table' || table.isAssumed === true || !isUsersOwn(graph, table)) return [];
  if (graph.isDoubtful(table, ['existence', 'columns', 'triggers'])) return [];
  if (graph.ownedBy(table.id, 'rewriteRule').some(({ event }) => event === 'insert')) return [];
  const { sets: set, unknown } = columnsSetByTriggers(graph, table.id, 'insert');
  if (unknown.length > 0) return [];
  return sets.flatMap(({ column: id, value }) => {
    const column = id === null ? undefined : graph.get('column', id);
    if (column === undefined || value === null || !column.notNull || column.generated !== null) return [];
    if (!graph.isKnown(column, 'notNull') || set.some((each) => each.column === id)) return [];
    return [[column, value] as const];
  });
}

/** The conditions that decide whether a statement is run: those it stands under, and those before it under which the body may have left. */
function decidingFor(
  statement: PlStatement,
  parents: readonly PlStatement[],
  before: readonly PlStatement[],
): readonly Node[] {
  const passed = before.filter(
    (each) =>
      parents.includes(each) ||
      each.kind === 'assert' ||
      listsIn(each).some((list) => leaves(list) || [...eachStatement(list)].some((one) => mayLeave(one.statement))),
  );
  return passed.flatMap((each): readonly Node[] => {
    if (each.kind === 'block') return [];
    return ownExpressions(each).flatMap(({ tree, at }) => (at.start < statement.at.start ? [tree] : []));
  });
}

interface Carried {
  readonly row: Row;
  readonly column: Column;
  readonly before: readonly PlStatement[];
}

/**
 * May a condition tell in another way than by the column itself that it has a value: by a variable or FOUND that were set from it, by a call or
 * subselect that is given it?
 */
function restsOnOther(condition: Node, assume: Assumption, carried: Carried): boolean {
  if (foldBoolean(condition, assume) !== undefined || isNeverTrue(condition, assume)) return false;
  const marked = variablesFrom(carried);
  return anyNode(condition, (node) => {
    if (('FuncCall' in node || 'SubLink' in node) && names(node, carried, marked)) return true;
    const [first, second] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    if (first === undefined || (second !== undefined && (first === 'new' || first === 'old'))) return false;
    return marked.has(first);
  });
}

/** The variables that something made from the column, or a query that asks by it, was put into; FOUND among them. */
function variablesFrom(carried: Carried): ReadonlySet<string> {
  const marked = new Set<string>();
  for (const each of carried.before) {
    if (!ownExpressions(each).some(({ tree }) => names(tree, carried, marked))) continue;
    if (each.kind === 'assign') marked.add(stringsOf(fieldsOf(each.target.tree, 'ColumnRef')?.fields)[0] ?? '');
    if (each.kind === 'block') for (const one of each.declarations) if (one.kind === 'variable') marked.add(one.name);
    if ('into' in each) for (const { name } of each.into?.targets ?? []) marked.add(name[0] ?? '');
    if (each.kind === 'sql' || each.kind === 'perform') marked.add('found');
    // What is set in a branch tells of its condition.
    if (each.kind === 'if' || each.kind === 'case')
      for (const { statement } of eachStatement([each]))
        if (statement.kind === 'assign')
          marked.add(stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields)[0] ?? '');
  }
  return marked;
}

/** Does it name the column, its whole row, or a variable made from it? */
function names(tree: Node, { row, column }: Carried, marked: ReadonlySet<string>): boolean {
  return anyNode(tree, (node) => {
    const [first, second] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    if (first === undefined) return false;
    if (first === row) return second === undefined || second === column.name;
    return marked.has(first);
  });
}
