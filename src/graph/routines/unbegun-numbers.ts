import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { expressionRange } from '../../sql/range.ts';
import { anyNode, nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Statement } from '../journal.ts';
import { eachStatement, isAlwaysReached, ownExpressions } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { writtenRelation } from '../written-relation.ts';
import { isNamedInBody } from './function-body.ts';
import { type Highest, highestIn, holds, isGivenByTrigger } from './next-numbers.ts';
import type { Insertion } from './redefinition.ts';

type Routine = EntityOf<'function'>;

/** A number that no row ever gets: each is to have the highest and one more, and the first finds none. */
export interface UnbegunNumber extends Highest {
  /** The call of max(). */
  readonly max: Node;
  readonly at: SourceLocation | null;
}

/**
 * `select max(n) + 1 into new.n` for every row that a trigger comes before: of no rows max() is NULL, and NULL + 1 too, and of rows without a number as well. Not
 * where a condition is before it, the body or another trigger says more of the column, or a function or file gives rows a number in another way.
 */
export function unbegunNumber(
  graph: SchemaGraph,
  routine: Routine,
  statements: readonly Statement[],
): UnbegunNumber | undefined {
  const found = unbegunIn(graph, routine);
  return found === undefined || isFilledByFile(graph, statements, found) ? undefined : found;
}

const unbegunIn = askedOnce((graph: SchemaGraph, routine: Routine): UnbegunNumber | undefined => {
  const { block, queries, isWhole } = routineShape(graph, routine);
  if (block === null || !isWhole || !isUsersOwn(graph, routine)) return undefined;
  const all = [...eachStatement([block])];
  for (const query of queries) {
    const highest = highestIn(graph, query);
    const [call, another] = nodesOf(query.node, 'FuncCall');
    if (highest === undefined || call === undefined || another !== undefined) continue;
    const place = all.find(({ statement }) => holds(statement, query));
    if (place === undefined || !isAlwaysReached(place.statement, place.parents)) continue;
    if ([...nodesOf(query.node, 'CoalesceExpr'), ...coalescesIn(place.statement)].length > 0) continue;
    if (!isGivenByTrigger(graph, routine, query, highest, place.statement)) continue;
    const others = all.map(({ statement }) => statement).filter((each) => each !== place.statement);
    if (others.some((each) => saysMore(each, highest.column.name)) || isSetOtherwise(graph, routine, highest)) continue;
    return { ...highest, max: { FuncCall: call }, at: query.at };
  }
  return undefined;
});

function coalescesIn(statement: PlStatement) {
  return ownExpressions(statement).flatMap(({ tree }) => nodesOf(tree, 'CoalesceExpr'));
}

/** Does a statement of the body name the new row's column, put another row in its place, or leave it out? */
function saysMore(statement: PlStatement, column: string): boolean {
  if (statement.kind === 'return') return statement.value?.text.trim().toLowerCase() !== 'new';
  const isWhole = (name: readonly string[]) => name.length === 1 && name[0] === 'new';
  const targets = statement.kind === 'sql' ? (statement.into?.targets ?? []).map(({ name }) => name) : [];
  if (statement.kind === 'assign') targets.push(stringsOf(fieldsOf(statement.target.tree, 'ColumnRef')?.fields));
  if (targets.some((each) => isWhole(each) || (each[0] === 'new' && each[1] === column))) return true;
  return ownExpressions(statement).some(({ tree }) =>
    anyNode(tree, (each) => {
      const field = rowField(each);
      return field?.row === 'new' && field.name === column;
    }),
  );
}

/** May a row have a number by another trigger, where this one does not run, or by a function that changes rows? */
function isSetOtherwise(graph: SchemaGraph, routine: Routine, { table, column }: Highest): boolean {
  const before = graph
    .ownedBy(table.id, 'trigger')
    .filter(({ timing, events }) => timing === 'before' && events.includes('insert'));
  const isElsewhere = before.some((each) => {
    if (each.function === routine.id) return each.when !== null;
    const called = each.function === null ? undefined : graph.find(each.function);
    return called?.kind !== 'function' || called.language !== 'plpgsql' || isNamedInBody(called, column.name);
  });
  return (
    isElsewhere ||
    writesTo(graph, table.id).some(
      ({ write }) => write.kind !== 'insert' && write.sets.some((each) => each.column === column.id),
    )
  );
}

/** Do the files change rows, or may rows be there by them from before the trigger that all numbers go on from? */
function isFilledByFile(graph: SchemaGraph, statements: readonly Statement[], { table, among }: Highest): boolean {
  return statements.some(({ node }) => {
    if (bodyOfDo(node).includes(table.name.name)) return true;
    const insert = fieldsOf(node, 'InsertStmt')?.relation;
    const other = fieldsOf(node, 'UpdateStmt') ?? fieldsOf(node, 'MergeStmt') ?? fieldsOf(node, 'CopyStmt');
    const written = other?.relation ?? (among.length === 0 ? insert : undefined);
    return written !== undefined && writtenRelation(graph, written)?.id === table.id;
  });
}

function bodyOfDo(node: Node): string {
  const parts = (fieldsOf(node, 'DoStmt')?.args ?? []).map((each) => fieldsOf(each, 'DefElem')?.arg);
  return parts.map((each) => fieldsOf(each, 'String')?.sval ?? '').join(' ');
}

/** What makes the first row get 1. */
export function beginningWithOne({ max }: UnbegunNumber, text: string): Insertion {
  const { start, end } = expressionRange(max, text);
  return { at: start, end, text: `coalesce(${text.slice(start, end)}, 0)` };
}
