import type { PlStatement } from '../../sql/plpgsql.ts';
import type { Assumption, Folded } from '../binding/questions/constant-value.ts';
import { foldValue } from '../binding/questions/constant-value.ts';
import { textValue } from '../binding/questions/text-value.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { ownColumn } from '../own-column.ts';
import { type CertainRun, certainRun, type Known } from '../query-shapes/certain-run.ts';
import { knownOfRow, type TakenRow } from '../query-shapes/known-row.ts';
import { eachStatement, raisesError } from '../query-shapes/pl-statements.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import { triedInserts } from '../routines/certain-inserts.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded, mayRaise } from '../triggers/trigger-guards.ts';
import { isUsersOwn } from '../users-own.ts';

type Column = EntityOf<'column'>;
type Index = EntityOf<'index'>;
type Trigger = EntityOf<'trigger'>;
type Table = EntityOf<'table'>;

/** An INSERT of a trigger's function that gives a unique key the same values for each of some rows: all but the first of these fail with 23505. */
export interface RefusedDuplicate {
  readonly function: EntityOf<'function'>;
  readonly index: Index;
  /** Those of the key, with what they get. */
  readonly filled: readonly FilledColumn[];
  readonly statement: PlStatement;
}

export interface FilledColumn {
  readonly column: Column;
  readonly value: Folded;
  /** Null where the column is left out. */
  readonly set: SetColumn | null;
}

/**
 * What a trigger for each INSERT refuses of rows like these, where none of them is refused for something else first. Each run of its function has to come to the
 * INSERT for each of them, and nothing may look whether the value is there: no condition that is not known before it, no handler round it, no ON CONFLICT that
 * the key decides, no trigger of either table that may change the column or refuse the row by it.
 * @param named the columns by which the rows are told apart, or are alike
 */
export function refusedDuplicates(
  graph: SchemaGraph,
  trigger: Trigger,
  rows: readonly TakenRow[],
  named: readonly Column[],
): readonly RefusedDuplicate[] {
  const { level, timing, events, function: called } = trigger;
  const routine = called === null ? undefined : graph.find(called);
  if (level !== 'row' || timing === 'insteadOf' || !firesInOrigin(trigger) || !events.includes('insert')) return [];
  if (routine?.kind !== 'function' || routine.language !== 'plpgsql' || !isUsersOwn(graph, routine)) return [];
  const source = graph.find(trigger.relation);
  if (source?.kind !== 'table' || graph.isDoubtful(routine, ['functions'])) return [];
  const shape = routineShape(graph, routine);
  if (shape.block === null || !shape.isWhole || callsRefusing(graph, shape)) return [];
  if (named.some((each) => isChanged(graph, each) || isGuarded(graph, source, each, 'insert', routine.id))) return [];
  const runs = rows.map((row): CertainRun => {
    const known = knownOfRow(row);
    return isRunFor(trigger, known) ? certainRun(shape, known) : { end: undefined, reached: [] };
  });
  const [first, ...others] = runs.map(({ reached }) => new Map(reached.map((each) => [each.statement, each.worthOf])));
  if (first === undefined) return [];
  return [...first].flatMap(([statement, worthOf]) => {
    const worths = [worthOf, ...others.flatMap((each) => each.get(statement) ?? [])];
    if (worths.length < rows.length || mayRefuseBefore(shape, statement, first)) return [];
    return triedInserts(shape, statement).flatMap(({ into, sets, onConflict }) => {
      const table = graph.find(into);
      if (table?.kind !== 'table' || !takesRows(graph, table) || mayFree(shape, statement, into)) return [];
      const values = (id: EntityId) => worths.map((each) => givenTo(graph, id, sets, each));
      if (onConflict !== null && !isDecidedByOther(onConflict.columns.map(values))) return [];
      return uniqueKeys(graph, table).flatMap((index): readonly RefusedDuplicate[] => {
        const columns = keyColumns(graph, index);
        if (columns === undefined || columns.some((each) => isGuarded(graph, table, each, 'insert'))) return [];
        if (isMeantWider(columns, onConflict?.columns ?? [])) return [];
        const isKnown = worths.every((_, at) => keyValues(index, (id) => values(id)[at]).every(isValue));
        const texts = worths.map((_, at) => keyValues(index, (id) => values(id)[at]));
        if (!isKnown || texts.some((each) => each.some((value, key) => value !== texts[0]?.[key]))) return [];
        const filled = columns.map((column) => ({
          column,
          value: values(column.id)[0],
          set: sets.find((each) => each.column === column.id) ?? null,
        }));
        return [{ function: routine, index, filled, statement }];
      });
    });
  });
}

/** ON CONFLICT names a key over more columns, which that one outdoes: outdone-unique-key tells of it. */
function isMeantWider(columns: readonly Column[], conflict: readonly EntityId[]): boolean {
  return columns.length < conflict.length && columns.every(({ id }) => conflict.includes(id));
}

function isValue(value: Folded): boolean {
  return value !== undefined && value !== null;
}

function isRunFor({ when }: Trigger, known: Known): boolean {
  const assume: Assumption = (node) => known(node, assume);
  return when === null || foldValue(when.tree, assume) === true;
}

/** A BEFORE trigger puts something else there. */
function isChanged(graph: SchemaGraph, { id, relation }: Column): boolean {
  const { sets, unknown } = columnsSetByTriggers(graph, relation, 'insert');
  return unknown.length > 0 || sets.some((each) => each.column === id);
}

function callsRefusing(graph: SchemaGraph, { calls }: RoutineShape): boolean {
  return calls.some((id) => {
    const called = graph.find(id);
    return called?.kind === 'function' && isUsersOwn(graph, called) && mayRaise(graph, called);
  });
}

/** May the body itself refuse one of the rows before it comes there? */
function mayRefuseBefore(
  { block }: RoutineShape,
  statement: PlStatement,
  reached: ReadonlyMap<PlStatement, (node: PlExpressionTree) => Folded>,
): boolean {
  return [...eachStatement(block === null ? [] : [block])].some(({ statement: each, parents }) => {
    const isRefusal = each.kind === 'assert' || raisesError(each);
    if (!isRefusal || each.at.start > statement.at.start) return false;
    const way = [...parents, each];
    return !parents.some((parent, at) => {
      const worthOf = reached.get(parent);
      if (parent.kind !== 'if' || worthOf === undefined) return false;
      const branch = parent.branches.find(({ body }) => body.includes(way[at + 1] as PlStatement));
      const value = branch && worthOf(branch.condition.tree);
      return value === false || value === null;
    });
  });
}

type PlExpressionTree = Parameters<Assumption>[0];

/** Nothing of the table changes what is put in, or puts it elsewhere. */
function takesRows(graph: SchemaGraph, table: Table): boolean {
  if (table.isAssumed === true || !isUsersOwn(graph, table)) return false;
  if (graph.isDoubtful(table, ['existence', 'columns', 'constraints', 'indexes', 'triggers'])) return false;
  return !graph.ownedBy(table.id, 'rewriteRule').some(({ event }) => event === 'insert');
}

/** Does it change rows of the table before: one of them may go, or get another value? */
function mayFree({ writes, block }: RoutineShape, statement: PlStatement, into: EntityId): boolean {
  const before = [...eachStatement(block === null ? [] : [block])].filter(
    (each) => each.statement.at.start < statement.at.start,
  );
  const trees = new Set(before.flatMap((each) => (each.statement.kind === 'sql' ? [each.statement.sql.tree] : [])));
  return writes.some(({ query, write }) => write.kind !== 'insert' && write.relation === into && trees.has(query.node));
}

/** ON CONFLICT looks at another key alone, in which the rows are not alike. */
function isDecidedByOther(targets: readonly (readonly Folded[])[]): boolean {
  return targets.some(([first, ...others]) => first === undefined || others.some((each) => each !== first));
}

function uniqueKeys(graph: SchemaGraph, table: Table): readonly Index[] {
  return graph
    .ownedBy(table.id, 'index')
    .filter(({ isUnique, isValid, predicate }) => isUnique && isValid && predicate === null);
}

/** The columns of a key, also those it holds by an expression; undefined where one of them is not known. */
function keyColumns(graph: SchemaGraph, { keys }: Index): readonly Column[] | undefined {
  const ids = keys.flatMap(({ column, expression }) => {
    if (column !== null) return [column];
    return (expression?.references ?? []).flatMap(({ kind, target }) => (kind === 'column' ? [target] : []));
  });
  const columns = ids.map((id) => graph.get('column', id));
  return columns.some(({ isAssumed }) => isAssumed === true) ? undefined : columns;
}

/** What the key holds for a row. */
function keyValues({ keys }: Index, given: (column: EntityId) => Folded): readonly Folded[] {
  return keys.map(({ column, expression }) => {
    if (column !== null) return given(column);
    if (expression === null) return undefined;
    const assume: Assumption = (node) => {
      const own = ownColumn(node, expression);
      return own === undefined ? textValue(node, (part) => foldValue(part, assume)) : given(own);
    };
    return foldValue(expression.tree, assume);
  });
}

function givenTo(
  graph: SchemaGraph,
  id: EntityId,
  sets: readonly SetColumn[],
  worthOf: (node: PlExpressionTree) => Folded,
): Folded {
  const set = sets.find((each) => each.column === id);
  if (set !== undefined && set.from !== 'default') return set.value === null ? undefined : worthOf(set.value);
  const { default: own, identity, generated, type } = graph.get('column', id);
  const isFilled = identity !== null || generated !== null || type?.entity !== undefined;
  if (isFilled) return undefined;
  return own === null ? null : foldValue(own.tree);
}
