import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode, nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { hasUniqueKeyOf } from '../indexes/index-keys.ts';
import { isIndexedEquality } from '../query-shapes/column-tests.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import type { ColumnTest, Query, Write } from '../query-shapes/query.ts';
import { type RoutineShape, type RoutineWrite, routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { standingTable } from '../standing-table.ts';
import { isBuiltIn } from '../types/type-ref.ts';
import { isUsersOwn } from '../users-own.ts';
import { isCalledUnderLocks, setsIsolation } from './lost-updates.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** What is counted over the rows of one parent, by a transaction that has changed one of them, and written to the parent. */
export interface CountedChildren {
  readonly parent: Table;
  readonly child: Table;
  readonly columns: readonly EntityOf<'column'>[];
  readonly changed: RoutineWrite;
  readonly counting: Query;
  readonly update: Query;
  readonly write: Write;
  /** The column and the variable by which the parent is found. */
  readonly key: ColumnTest;
}

/**
 * Under READ COMMITTED neither of two transactions counts the row that the other has changed (docs, 13.2.1), and the second, which waits for the parent's row,
 * then writes what it had counted before. Not told where anything is locked before, or where the rows that are changed first are all of the parent's, so that
 * the second waits there.
 */
export const countedChildren = askedOnce((graph: SchemaGraph, routine: Routine): CountedChildren | undefined => {
  const shape = routineShape(graph, routine);
  const { block, isWhole, unread, locks, queries, writes } = shape;
  if (block === null || !isWhole || unread.length > 0 || setsIsolation(routine)) return undefined;
  if (isBuiltIn(routine.returns, 'trigger') || locks.length > 0 || queries.some(({ lock }) => lock !== null))
    return undefined;
  for (const { statement } of eachStatement(block.body)) {
    if (statement.kind !== 'sql' || statement.into === undefined) continue;
    const counting = queries.find(({ node }) => node === statement.sql.tree);
    if (counting === undefined || !aggregates(counting)) continue;
    const names = new Set(
      statement.into.targets.flatMap(({ name: [only, field] }) => (field === undefined ? (only ?? []) : [])),
    );
    for (const written of writes.flatMap((each) => writtenFrom(graph, each, counting, names) ?? [])) {
      const changed = changeBefore(graph, shape, written);
      if (changed !== undefined) return isCalledUnderLocks(graph, routine) ? undefined : { ...written, changed };
    }
  }
  return undefined;
});

const AGGREGATES = new Set(['count', 'sum', 'bool_and', 'bool_or', 'every', 'min', 'max', 'avg']);

function aggregates({ kind, node }: Query): boolean {
  const { targetList = [] } = fieldsOf(node, 'SelectStmt') ?? {};
  return (
    kind === 'select' &&
    targetList.some((each) => nodesOf(each, 'FuncCall').some((call) => AGGREGATES.has(writtenName(call.funcname).name)))
  );
}

type Written = Omit<CountedChildren, 'changed'>;

/** Does the UPDATE write these variables to the row of which the query has counted the children? */
function writtenFrom(
  graph: SchemaGraph,
  { query: update, write }: RoutineWrite,
  counting: Query,
  names: ReadonlySet<string>,
): Written | undefined {
  const parent = write.kind !== 'update' || write.relation === null ? undefined : standingTable(graph, write.relation);
  if (parent === undefined || !isUsersOwn(graph, parent)) return undefined;
  const keys = update.sources.flatMap((each) => (each.isTarget ? each.tests.filter(isIndexedEquality) : []));
  const key = keys.find(({ column, variable }) => variable !== null && isPrimaryKey(graph, parent, column));
  const child = key === undefined ? undefined : childCounted(graph, parent, counting, key);
  const columns = write.sets.flatMap(({ column, value }) =>
    column !== null && value !== null && namesOne(value, names) ? [graph.get('column', column)] : [],
  );
  if (key === undefined || child === undefined || columns.length === 0) return undefined;
  return { parent, child, columns, counting, update, write, key };
}

function isPrimaryKey(graph: SchemaGraph, { id }: Table, column: EntityId | undefined): boolean {
  const { columns = [] } = graph.primaryKey(id) ?? {};
  return columns.length === 1 && columns[0] === column;
}

function namesOne(value: Node, names: ReadonlySet<string>): boolean {
  return anyNode(value, (node) => {
    const [only, field] = fieldsOf(node, 'ColumnRef')?.fields ?? [];
    return field === undefined && names.has(fieldsOf(only, 'String')?.sval ?? '');
  });
}

/** The table whose rows with that parent are counted: by a foreign key that is given the same variable, or joined to the parent that is. */
function childCounted(
  graph: SchemaGraph,
  parent: Table,
  { sources, joins }: Query,
  { variable }: ColumnTest,
): Table | undefined {
  for (const { relation, tests } of sources) {
    const child = relation === parent.id ? undefined : standingTable(graph, relation);
    if (child === undefined || !isUsersOwn(graph, child)) continue;
    // Beside the key of the parent there may be a tenant's in it.
    const keys = graph
      .ownedBy(child.id, 'foreignKey')
      .flatMap(({ columns, referencedTable, referencedColumns }) =>
        referencedTable === parent.id
          ? columns.filter((_, at) => isPrimaryKey(graph, parent, referencedColumns[at]))
          : [],
      );
    const isAsked = tests.some(
      (each) => isIndexedEquality(each) && each.variable === variable && keys.includes(each.column),
    );
    const isJoined =
      joins.some(({ left, right }) => keys.includes(left) || keys.includes(right)) &&
      sources.some(
        (each) =>
          each.relation === parent.id && each.tests.some((one) => isIndexedEquality(one) && one.variable === variable),
      );
    if (isAsked || isJoined) return child;
  }
  return undefined;
}

/** What changes a row of the children before they are counted, if nothing has the second caller wait: the parent's row, or all of its children. */
function changeBefore(
  graph: SchemaGraph,
  { queries, writes }: RoutineShape,
  { parent, child, counting }: Written,
): RoutineWrite | undefined {
  const isBefore = ({ query }: RoutineWrite) => queries.indexOf(query) < queries.indexOf(counting);
  const before = writes.filter(isBefore);
  // One that it has made itself nobody else knows yet.
  if (before.some(({ write }) => write.relation === parent.id)) return undefined;
  const own = before.filter(({ write }) => write.relation === child.id);
  return own.every((each) => isOfOne(graph, child, each)) && !firesLocks(graph, child) ? own[0] : undefined;
}

/** May a trigger of the children lock rows, the parent's among them, so that the second caller waits in the change itself? */
function firesLocks(graph: SchemaGraph, { id }: Table): boolean {
  return graph.ownedBy(id, 'trigger').some((each) => {
    const routine = each.function === null ? undefined : graph.find(each.function);
    if (!firesInOrigin(each)) return false;
    if (routine?.kind !== 'function') return true;
    const { calls, isWhole, locks, queries, writes } = routineShape(graph, routine);
    const isQuiet = isWhole && calls.length === 0 && locks.length === 0 && queries.every(({ lock }) => lock === null);
    return !isQuiet || writes.some(({ write }) => write.kind !== 'insert' || write.onConflict?.action === 'update');
  });
}

/** An INSERT, or a change of the row with a unique key. */
function isOfOne(graph: SchemaGraph, child: Table, { query, write }: RoutineWrite): boolean {
  if (write.kind === 'insert') return write.onConflict === null;
  const tests = query.sources.flatMap((each) => (each.isTarget ? each.tests : []));
  const held = new Set(tests.filter(isIndexedEquality).map(({ column }) => column));
  return hasUniqueKeyOf(graph, child.id, held);
}
