import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import { asksCaller, functionAsksCaller } from '../caller/caller-source.ts';
import { isUserVariable } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnUnder, valueUnder } from '../query-shapes/column-under.ts';
import { variableOf } from '../query-shapes/operand.ts';
import type { Query, SetColumn, Write } from '../query-shapes/query.ts';
import { triggeredRelations } from '../query-shapes/routine-scope.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { testedVariables } from '../query-shapes/tested-variables.ts';
import { columnPut, variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { mayRaise } from '../triggers/trigger-guards.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';

type Routine = EntityOf<'function'>;

/** What a routine with the rights of its owner, which asks for no standing of the caller, takes from a row of one table into the caller’s row of another. */
export interface CarriedColumns {
  readonly routine: Routine;
  readonly into: EntityId;
  /** The columns by which the row there is the caller's. */
  readonly users: readonly EntityId[];
  /** Of the row that a trigger runs for, what else goes there as it is: the row there is the caller's if that column is. */
  readonly named: readonly Pair[];
  /** From which column of the table to which of the other, where the routine looks at neither. */
  readonly pairs: readonly Pair[];
  /** What else is written there, where that is a constant. */
  readonly constants: ReadonlyMap<EntityId, string>;
}

interface Pair {
  readonly from: EntityId;
  readonly to: EntityId;
}

/** What routines take from rows of the table. */
export function carriedColumns(graph: SchemaGraph, table: EntityId): readonly CarriedColumns[] {
  return byTable(graph).get(table) ?? [];
}

const byTable = askedOnce((graph): ReadonlyMap<EntityId, readonly CarriedColumns[]> => {
  const found = new Map<EntityId, CarriedColumns[]>();
  for (const routine of userRoutines(graph)) {
    if (routine.security !== 'definer' || asksStanding(graph, routine)) continue;
    const asked = askedColumns(graph, routine);
    const { writes } = routineShape(graph, routine);
    // What it has just made itself says what it wrote there.
    const made = new Set(writes.flatMap(({ write }) => (write.kind === 'insert' ? [write.relation] : [])));
    for (const { query, write } of writes) {
      const into = write.kind === 'insert' || write.kind === 'update' ? write.relation : null;
      const users = into === null ? [] : callersColumns(graph, routine, query, write);
      if (into === null || (users.length === 0 && !isTriggerFunction(routine))) continue;
      const pairs = new Map<EntityId, Pair[]>();
      const named: Pair[] = [];
      const constants = new Map<EntityId, string>();
      for (const { column: to, value, constant } of setsOf(write)) {
        if (to !== null && typeof constant === 'string') constants.set(to, constant);
        const from = to === null ? undefined : originOf(graph, routine, value ?? undefined, query.binding);
        if (to === null || from === undefined || users.includes(to)) continue;
        const { relation } = graph.get('column', from);
        if (isTriggerFunction(routine) && write.kind === 'insert') named.push({ from, to });
        if (asked.has(from) || asked.has(to)) continue;
        if (relation !== into && !made.has(relation)) addTo(pairs, relation, { from, to });
      }
      for (const [table, each] of pairs) addTo(found, table, { routine, into, users, named, pairs: each, constants });
    }
  }
  return found;
});

/** Does it call a function that says yes or no to who calls: `is_admin()`? */
function asksStanding(graph: SchemaGraph, routine: Routine): boolean {
  return routineShape(graph, routine).calls.some((id) => {
    const called = graph.find(id);
    if (called?.kind !== 'function' || !isUsersOwn(graph, called)) return false;
    return typeClass(graph, called.returns) === 'boolean' && functionAsksCaller(graph, called) !== false;
  });
}

function setsOf({ sets, onConflict }: Write): readonly SetColumn[] {
  return [...sets, ...(onConflict?.sets ?? [])];
}

/** The columns of the row that is written which are set to the caller, or by which an UPDATE finds it. */
function callersColumns(graph: SchemaGraph, routine: Routine, query: Query, write: Write): readonly EntityId[] {
  const set = setsOf(write).flatMap(({ column, value }) =>
    column !== null && isCaller(graph, routine, value ?? undefined, query.binding) ? [column] : [],
  );
  if (write.kind === 'insert') return set;
  return conjuncts(fieldsOf(query.node, 'UpdateStmt')?.whereClause)
    .flatMap(equalSides)
    .flatMap(([own, other]) => {
      const column = columnUnder(own, query.binding)?.meaning.column;
      const isOfRow = column !== undefined && graph.get('column', column).relation === write.relation;
      return isOfRow && isCaller(graph, routine, other, query.binding) ? [column] : [];
    });
}

/** auth.uid(), a variable that holds it, or a parameter that is called like a user. */
export function isCaller(graph: SchemaGraph, routine: Routine, node: Node | undefined, binding: Binding): boolean {
  if (node === undefined) return false;
  if (asksCaller(graph, node, binding)) return true;
  const name = variableOf(node, binding);
  const sources = name === null ? [] : (variableSources(graph, routine).get(name) ?? []);
  if (sources.length === 0) return isUserVariable(name);
  return sources.every((each) => 'node' in each && asksCaller(graph, each.node, each.binding));
}

/** The column whose own value it is: of a row that is looked up, perhaps into a variable, or of the row that a trigger runs for. */
function originOf(
  graph: SchemaGraph,
  routine: Routine,
  node: Node | undefined,
  binding: Binding,
): EntityId | undefined {
  const { value } = valueUnder(node);
  const field = isTriggerFunction(routine) ? rowField(value) : undefined;
  if (field !== undefined) {
    const [relation, another] = triggeredRelations(graph, routine);
    if (relation === undefined || another !== undefined || field.row === 'old') return undefined;
    return graph.column(relation, field.name)?.id;
  }
  const column = columnUnder(value, binding)?.meaning.column;
  if (column !== undefined) return column;
  const name = variableOf(value, binding);
  const [only, another] = name === null ? [] : (variableSources(graph, routine).get(name) ?? []);
  if (only === undefined || another !== undefined) return undefined;
  return columnPut(only);
}

/** Of the rows that a trigger runs for, the column that `new.org_id` is. */
function newColumns(graph: SchemaGraph, routine: Routine, name: string): readonly EntityId[] {
  const [row, field] = name.split('.');
  if (row !== 'new' || field === undefined || !isTriggerFunction(routine)) return [];
  return triggeredRelations(graph, routine).flatMap((relation) => graph.column(relation, field)?.id ?? []);
}

/** The columns of whatever tables by whose values the routine goes one way or another, or finds rows. */
function askedColumns(graph: SchemaGraph, routine: Routine): ReadonlySet<EntityId> {
  const { block, queries } = routineShape(graph, routine);
  const asked = new Set<EntityId>();
  const mayRefuse = isTriggerFunction(routine) && mayRaise(graph, routine);
  for (const { sources, joins } of queries) {
    for (const { tests } of sources) for (const { column, kind } of tests) if (kind !== 'isNotNull') asked.add(column);
    // What is found by NEW may be what an error is about.
    for (const { left, right } of mayRefuse ? joins : []) asked.add(left).add(right);
  }
  for (const name of block === null ? [] : testedVariables(block)) {
    for (const each of newColumns(graph, routine, name)) asked.add(each);
    for (const each of variableSources(graph, routine).get(name) ?? []) {
      const column = columnPut(each);
      if (column !== undefined) asked.add(column);
    }
  }
  return asked;
}
