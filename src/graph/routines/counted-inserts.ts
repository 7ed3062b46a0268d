import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { mayHaveUniqueKeyOf } from '../indexes/index-keys.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantText, variableOf } from '../query-shapes/operand.ts';
import { outermost } from '../query-shapes/outermost.ts';
import { eachStatement, ownExpressions, raisesError } from '../query-shapes/pl-statements.ts';
import type { ColumnTest, Query } from '../query-shapes/query.ts';
import { callersOf } from '../query-shapes/routine-calls.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { countOf } from '../triggers/counted-limits.ts';
import { isUsersOwn } from '../users-own.ts';
import { setsIsolation } from './lost-updates.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** A function that counts rows by values it was given, raises an error where there are too many, and then adds one with these values. */
export interface CountedInsert {
  readonly table: Table;
  readonly columns: readonly EntityOf<'column'>[];
  /** What they are compared with, as the body names it. */
  readonly variables: readonly string[];
  /** The statement that counts. */
  readonly counting: PlStatement;
  readonly at: SourceLocation | null;
  readonly insert: Query;
}

/**
 * Calls at once do not count each other's row, as they do not see what is not committed (docs, 13.2.1). Not told where a unique key says the same, or where
 * this function before it counts, or each that calls it, takes a lock or changes something, for which the second waits.
 */
export const countedInsert = askedOnce((graph: SchemaGraph, routine: Routine): CountedInsert | undefined => {
  const shape = routineShape(graph, routine);
  const { block, queries, isWhole } = shape;
  if (block === null || !isWhole || !isUsersOwn(graph, routine) || setsIsolation(routine)) return undefined;
  const all = [...eachStatement([block])];
  const statements = all.map(({ statement }) => statement);
  for (const [at, { statement, parents }] of all.entries()) {
    if (statement.kind !== 'if' || parents.some(({ kind }) => kind === 'if' || kind === 'case')) continue;
    const [branch] = statement.branches;
    if (branch === undefined || !branch.body.some(raisesError)) continue;
    for (const condition of conjuncts(branch.condition.tree)) {
      const { name, lexpr, rexpr } = fieldsOf(condition, 'A_Expr') ?? {};
      const operator = stringsOf(name).at(-1);
      // Whether there is one at all is asked by check-then-insert-race.
      if ((operator !== '>=' && operator !== '>') || /^[01]$/.test(constantText(rexpr) ?? '')) continue;
      const counted = countOf(lexpr, statement, statements, queries);
      const counts = counted && countsBy(graph, counted.query);
      if (counted === undefined || counts === undefined) continue;
      const insert = queries.find((each) => adds(each, counts, statements.slice(at + 1)));
      const columns = new Set(counts.columns.map(({ id }) => id));
      if (insert === undefined || mayHaveUniqueKeyOf(graph, counts.table.id, columns)) return undefined;
      const before = statements.slice(0, statements.indexOf(counted.statement));
      if (before.some((each) => mayWait(graph, shape, each)) || isAlwaysCalledLocked(graph, routine)) return undefined;
      return { ...counts, counting: counted.statement, at: counted.query.at, insert };
    }
  }
  return undefined;
});

type Counts = Pick<CountedInsert, 'table' | 'columns' | 'variables'>;

/** By which columns of one table a query counts, each compared with a variable; rows of some time only, too. */
function countsBy(graph: SchemaGraph, { sources, otherConditions, groups, unresolved }: Query): Counts | undefined {
  const [source, another] = sources;
  const table = source === undefined ? undefined : graph.find(source.relation);
  if (source === undefined || another !== undefined || table?.kind !== 'table' || !isUsersOwn(graph, table))
    return undefined;
  if (otherConditions.length > 0 || groups || unresolved.length > 0) return undefined;
  const compared = source.tests.filter(isOfVariable);
  if (compared.length === 0 || !source.tests.every((each) => isOfVariable(each) || each.kind === 'range'))
    return undefined;
  return {
    table,
    columns: compared.map(({ column }) => graph.get('column', column)),
    variables: compared.map(({ variable }) => variable ?? ''),
  };
}

function isOfVariable({ kind, isBare, variable }: ColumnTest): boolean {
  return kind === 'equal' && isBare && variable !== null;
}

/** Does the query, of one of these statements, add a row with the values that were counted by? */
function adds(query: Query, { table, columns, variables }: Counts, behind: readonly PlStatement[]): boolean {
  const [write, another] = query.writes;
  if (write?.kind !== 'insert' || another !== undefined || write.relation !== table.id || write.onConflict !== null)
    return false;
  if (!behind.some((each) => each.kind === 'sql' && each.sql.tree === query.node)) return false;
  return columns.every(({ id }, at) =>
    write.sets.some(({ column, value }) => {
      return column === id && variableOf(value ?? undefined, query.binding) === variables[at];
    }),
  );
}

/** May a statement wait for another call that does the same: by a lock, a write, or what it calls? */
export function mayWait(
  graph: SchemaGraph,
  { expressions, queries, locks }: RoutineShape,
  statement: PlStatement,
): boolean {
  const trees = new Set(ownExpressions(statement).map(({ tree }) => tree));
  const own = queries.filter((each) => trees.has(outermost(each).node));
  const isLocked = locks.some(
    ({ at }) => at === null || (at.start >= statement.at.start && at.start <= statement.at.end),
  );
  const calls = expressions
    .filter(({ tree }) => trees.has(tree))
    .flatMap(({ references }) => references.flatMap(({ kind, target }) => (kind === 'function' ? [target] : [])));
  return (
    isLocked ||
    own.some((each) => each.lock !== null || each.writes.some(holds)) ||
    calls.some((id) => waits(graph, id))
  );
}

/** A row that is only added nobody else can wait for, but where its key is there. */
function holds({ kind, onConflict }: Query['writes'][number]): boolean {
  return kind !== 'insert' || onConflict !== null;
}

/** Does a function, or one that it calls, take locks or change rows? True as well where that is not known. */
function waits(graph: SchemaGraph, id: EntityId, seen: ReadonlySet<EntityId> = new Set()): boolean {
  const called = graph.find(id);
  if (called?.kind !== 'function' || seen.has(id) || !isUsersOwn(graph, called) || called.extension !== undefined)
    return false;
  const { isWhole, locks, queries, writes, calls } = routineShape(graph, called);
  const further = new Set([...seen, id]);
  return (
    !isWhole ||
    locks.length > 0 ||
    queries.some(({ lock }) => lock !== null) ||
    writes.some(({ write }) => holds(write)) ||
    calls.some((each) => waits(graph, each, further))
  );
}

/** Where only other routines call it: may each of them take a lock first? */
export function isAlwaysCalledLocked(graph: SchemaGraph, routine: Routine): boolean {
  const callers = callersOf(graph, routine);
  return callers.length > 0 && callers.every((each) => waitsBeside(graph, each, routine));
}

function waitsBeside(graph: SchemaGraph, caller: Routine, { id }: Routine): boolean {
  const { isWhole, locks, queries, calls } = routineShape(graph, caller);
  const others = calls.filter((each) => each !== id);
  return (
    !isWhole ||
    locks.length > 0 ||
    queries.some(({ lock }) => lock !== null) ||
    others.some((each) => waits(graph, each))
  );
}
