import { quoteLiteral } from '../../sql/name.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import type { ConstantValue } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { knownOfCaller } from '../caller/known-callers.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { definitionsIn } from '../query-shapes/definitions-in.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import type { ColumnTest, Query, Write } from '../query-shapes/query.ts';
import { passedOver, type Reach, reachOf } from '../query-shapes/reached-expressions.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import { knownOfUpdate, type UpdatedRow } from '../query-shapes/updated-row.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { childrenOf } from '../table-ancestors.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import { storedConstant } from '../values/failed-check.ts';
import { isCaughtAround } from './failing-names.ts';
import type { FailingQuery } from './failing-queries.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/**
 * `update trips set state = 'done' where state = 'planned'`, where a trigger of the table raises an error for each row that goes from the one to the other, whoever
 * does it: what the routine looks for and what it writes are constants. Nothing is concluded where another trigger sets what is written, or the routine
 * makes or alters something itself.
 */
export function refusedUpdates(graph: SchemaGraph, routine: Routine): readonly FailingQuery[] {
  const { writes, block } = routineShape(graph, routine);
  const updates = writes.filter(
    ({ write }) => write.kind === 'update' && write.sets.some(({ constant }) => constant !== null),
  );
  if (updates.length === 0 || definitionsIn(routine).length > 0) return [];
  if (routine.config.some(({ name }) => name === 'session_replication_role')) return [];
  return updates.flatMap(({ query, write }): readonly FailingQuery[] => {
    const refused = refusalOf(graph, query, write);
    const { handlers, ...reach } = passedOver(reachTo(query, block));
    const isCaught = refused && isCaughtAround(handlers, refused.code, 'raise_exception');
    if (refused === undefined || isCaught === undefined) return [];
    const { code, message } = refused;
    return [{ kind: 'query', code, message, casts: [], ...reach, at: query.at, isCaught, mayBeThere: false }];
  });
}

function reachTo({ binding }: Query, block: PlStatement | null): Reach {
  const place = [...eachStatement(block === null ? [] : [block])].find(({ statement }) =>
    ownExpressions(statement).some((each) => 'tree' in binding && each.tree === binding.tree),
  );
  if (place !== undefined) return reachOf(place.statement, place.parents);
  return { statement: null, isAlwaysReached: false, handlers: [], isWholeBody: true, undoesAll: false };
}

function refusalOf(
  graph: SchemaGraph,
  query: Query,
  write: Write,
): { readonly code: string; readonly message: string } | undefined {
  const table = write.relation === null ? undefined : graph.find(write.relation);
  if (table?.kind !== 'table' || !isUsersOwn(graph, table) || table.isAssumed === true) return undefined;
  if (graph.isDoubtful(table, ['columns', 'triggers']) || childrenOf(graph, table).length > 0) return undefined;
  if (graph.ownedBy(table.id, 'rewriteRule').length > 0) return undefined;
  const { sets, unknown } = columnsSetByTriggers(graph, table.id, 'update');
  if (unknown.length > 0) return undefined;
  const open = new Set(sets.map(({ column }) => column));
  const target = query.sources.find(({ isTarget, relation }) => isTarget && relation === table.id);
  const states = statesSought(graph, table, target?.tests ?? []);
  for (const trigger of graph.ownedBy(table.id, 'trigger')) {
    const codes = states.map((before) =>
      codeRaised(graph, trigger, updatedRow(graph, table, write, before, open), write),
    );
    const [code] = codes;
    if (code !== undefined && codes.every((each) => each === code))
      return { code, message: messageOf(graph, table, trigger, write, states, open) };
  }
  return undefined;
}

type State = ReadonlyMap<Column, ConstantValue>;

/** What the rows have that it finds, as far as constants say: one for each value of a list. */
function statesSought(graph: SchemaGraph, table: Table, tests: readonly ColumnTest[]): readonly State[] {
  let states: readonly State[] = [new Map()];
  for (const { column: id, kind, isBare, constants } of tests) {
    const column = graph.get('column', id);
    if ((kind !== 'equal' && kind !== 'in') || !isBare || column.relation !== table.id) continue;
    const values = constants.map((each) => typedValue(graph, column, each));
    if (values.length === 0 || values.includes(undefined)) continue;
    states = states.flatMap((each) => values.map((value) => new Map([...each, [column, value as ConstantValue]])));
  }
  return states;
}

function typedValue(graph: SchemaGraph, { type }: Column, text: string): ConstantValue | undefined {
  switch (typeClass(graph, type)) {
    case 'text':
    case 'enum':
      return text;
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : undefined;
    default:
      return undefined;
  }
}

function updatedRow(
  graph: SchemaGraph,
  table: Table,
  { sets }: Write,
  sought: State,
  open: ReadonlySet<Column['id']>,
): UpdatedRow {
  const columns = graph.columns(table.id).filter(({ generated }) => generated === null);
  const written = new Set(sets.map(({ column }) => column));
  const kept = columns.filter(({ id }) => !written.has(id) && !open.has(id));
  const before = new Map<string, ConstantValue>(
    columns.flatMap((each) => (each.notNull ? [[each.name, Symbol(each.name)] as const] : [])),
  );
  for (const [{ name }, value] of sought) before.set(name, value);
  const after = new Map<string, ConstantValue>();
  for (const { name } of kept) if (before.has(name)) after.set(name, before.get(name) as ConstantValue);
  for (const { column: id, value } of sets) {
    const column = id === null || open.has(id) ? undefined : graph.get('column', id);
    const stored = column === undefined || value === null ? undefined : storedConstant(graph, column, value);
    if (column !== undefined && stored !== undefined) after.set(column.name, stored);
  }
  return { before, after, unchanged: new Set(kept.map(({ name }) => name)) };
}

/** The SQLSTATE of the error that the trigger surely raises for the row. */
function codeRaised(
  graph: SchemaGraph,
  { timing, level, events, updateColumns, when, function: id, ...trigger }: EntityOf<'trigger'>,
  row: UpdatedRow,
  { sets }: Write,
): string | undefined {
  if (level !== 'row' || timing === 'insteadOf' || !events.includes('update') || !firesInOrigin(trigger))
    return undefined;
  if (updateColumns.length > 0 && !sets.some(({ column }) => column !== null && updateColumns.includes(column)))
    return undefined;
  const known = knownOfUpdate(row);
  if (when !== null && foldBoolean(when.tree, known) !== true) return undefined;
  const called = id === null ? undefined : graph.find(id);
  if (called?.kind !== 'function' || graph.isDoubtful(called, ['functions'])) return undefined;
  const shape = routineShape(graph, called);
  const ofCaller = knownOfCaller(graph, shape, 'anyone');
  const { end } = certainRun(shape, (node, assume) => {
    const value = known(node);
    return value === undefined ? ofCaller(node, assume) : value;
  });
  return end?.kind === 'raises' && end.statement.kind === 'raise' ? codeOf(end.statement) : undefined;
}

/** P0001, where RAISE says nothing else (docs 41.9.1). */
function codeOf({ options, condition }: Extract<PlStatement, { readonly kind: 'raise' }>): string | undefined {
  const given = options.find(({ name }) => name === 'errcode')?.value.tree;
  if (given === undefined && condition === undefined) return 'P0001';
  const code = condition?.kind === 'sqlstate' ? condition.value : fieldsOf(given, 'A_Const')?.sval?.sval;
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** `the trigger trip_step of trips raises an error for each row that it finds, as its state goes from 'planned' to 'done'` */
function messageOf(
  graph: SchemaGraph,
  table: Table,
  { name }: EntityOf<'trigger'>,
  { sets }: Write,
  states: readonly State[],
  open: ReadonlySet<Column['id']>,
): string {
  const changes = sets.flatMap(({ column: id, value }): readonly string[] => {
    const column = id === null || open.has(id) ? undefined : graph.get('column', id);
    const after = column === undefined || value === null ? undefined : storedConstant(graph, column, value);
    if (column === undefined || after === undefined) return [];
    const before = [...new Set(states.map((each) => each.get(column)))];
    if (before.includes(undefined) || before.includes(after)) return [];
    return [`${column.name} goes from ${before.map(shown).join(' or ')} to ${shown(after)}`];
  });
  const why = changes.length === 0 ? '' : ` whose ${changes.join(' and whose ')}`;
  return `the trigger ${name} of ${table.name.name} raises an error for each row${why}`;
}

function shown(value: ConstantValue | undefined): string {
  return typeof value === 'string' ? quoteLiteral(value) : String(value);
}
