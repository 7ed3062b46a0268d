import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { tablesAbove } from '../deletes/cascades.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isHeldAsOwner } from '../policies/owner-policies.ts';
import { columnsComparedWithCaller } from '../policies/tenant-columns.ts';
import { constantOf, unwrapped, variableOf } from '../query-shapes/operand.ts';
import type { Query, SetColumn, Write } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { columnPut, onlySource, type PutValue, variableSources } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isFilledAtRandom } from '../secrets/found-by-secret.ts';
import { gatedBySecret } from '../secrets/gated-by-secret.ts';
import { standingTable } from '../standing-table.ts';
import { columnsJudgedByTriggers } from '../triggers/trigger-tests.ts';
import { isUsersOwn } from '../users-own.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** An INSERT that changes somebody else's row where that has the key it is given. */
export interface OverwritingUpsert {
  readonly table: Table;
  /** By which a row is there already: an argument says it. */
  readonly key: Column;
  /** Whose the row is: the body finds that out by itself. */
  readonly owner: Column;
  /** No key is like another, and none is guessed. */
  readonly isRandom: boolean;
  readonly insert: Query;
}

/**
 * `insert into songs (id, album_id, title) values (p_id, v_album, p_title) on conflict (id) do update set title = excluded.title`, with the rights of an owner whom no
 * policy holds: the album was found by the random key of a link, or is the caller, the row that is changed may be of any. None where the conflict has a condition, where the body looks for the row beside that,
 * where the owner is given or a trigger may refuse another.
 */
export function overwritingUpserts(graph: SchemaGraph, routine: Routine): readonly OverwritingUpsert[] {
  const { queries, writes, isWhole } = routineShape(graph, routine);
  if (routine.security !== 'definer' || !isWhole) return [];
  const given = new Set(
    routine.parameters.flatMap((each, at) => (isInput(each) ? [`$${at + 1}`, each.name ?? `$${at + 1}`] : [])),
  );
  return writes.flatMap(({ query, write }): readonly OverwritingUpsert[] => {
    const table = write.relation === null ? undefined : standingTable(graph, write.relation);
    const key = table === undefined ? undefined : keyOf(graph, query, write, given);
    if (table === undefined || key === undefined) return [];
    if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity') || isHeldAsOwner(graph, routine, table.id))
      return [];
    const isLookedFor = queries.some(
      (each) => each !== query && each.sources.some(({ tests }) => tests.some(({ column }) => column === key.id)),
    );
    const owner = isLookedFor ? undefined : ownerOf(graph, routine, table, query, write, given);
    return owner === undefined ? [] : [{ table, key, owner, isRandom: isFilledAtRandom(graph, key), insert: query }];
  });
}

/** The unique column that an argument gives, by which a row that is there is changed, whatever else it has. */
function keyOf(
  graph: SchemaGraph,
  query: Query,
  { kind, onConflict, sets }: Write,
  given: ReadonlySet<string>,
): Column | undefined {
  const [only, another] = onConflict?.columns ?? [];
  const { whereClause, infer } = fieldsOf(query.node, 'InsertStmt')?.onConflictClause ?? {};
  if (kind !== 'insert' || onConflict?.action !== 'update' || only === undefined || another !== undefined)
    return undefined;
  if (whereClause !== undefined || infer?.whereClause !== undefined) return undefined;
  const key = graph.get('column', only);
  const set = sets.find(({ column }) => column === only);
  // Where the key says whose the row is, it is the one row of theirs.
  if (!isUniqueAlone(graph, key) || graph.foreignKeysOf(key).length > 0) return undefined;
  return set !== undefined && isGiven(set.value, query, given) ? key : undefined;
}

/** The argument, perhaps with something else where it is NULL. */
function isGiven(value: Node | null, { binding }: Query, given: ReadonlySet<string>): boolean {
  const inner = unwrapped(value ?? undefined);
  const [first] = fieldsOf(inner, 'CoalesceExpr')?.args ?? [];
  const name = variableOf(first ?? inner, binding);
  return name !== null && given.has(name);
}

/** The column by which the row goes with what a random key has opened to the caller, or that holds the caller's own id. */
function ownerOf(
  graph: SchemaGraph,
  routine: Routine,
  table: Table,
  query: Query,
  { sets, onConflict }: Write,
  given: ReadonlySet<string>,
): Column | undefined {
  const judged = columnsJudgedByTriggers(graph, table.id);
  const gate = gatedBySecret(graph, routine)?.key.relation;
  const owners = sets.filter(
    (set) =>
      (gate !== undefined && isOfGate(graph, set, gate) && isFoundOut(graph, routine, set, query, given)) ||
      isCallers(graph, routine, set, query),
  );
  const columns = owners.flatMap(({ column }) => (column === null ? [] : [graph.get('column', column)]));
  if (columns.some(({ id }) => judged.has(id) || onConflict?.columns.includes(id) === true)) return undefined;
  return columns[0];
}

/** Does each row of the table go with a row of that other one, or of one that goes with it, by the column? */
function isOfGate(graph: SchemaGraph, { column }: SetColumn, table: EntityId): boolean {
  if (column === null || !graph.get('column', column).notNull) return false;
  return graph
    .foreignKeysOf(graph.get('column', column))
    .some(({ onDelete, referencedTable }) => onDelete === 'cascade' && tablesAbove(graph, referencedTable).has(table));
}

function isFoundOut(
  graph: SchemaGraph,
  routine: Routine,
  { value }: SetColumn,
  query: Query,
  given: ReadonlySet<string>,
): boolean {
  if (value === null || constantOf(value) !== null) return false;
  const name = variableOf(value, query.binding);
  if (name === null || given.has(name)) return false;
  const sources = (variableSources(graph, routine).get(name) ?? []).filter(
    (each) => 'column' in each || constantOf(each.node) === null,
  );
  return sources.length > 0 && sources.every((each) => columnPut(each) !== undefined || isOutput(each));
}

/** A column of what a function in FROM gives. */
function isOutput(value: PutValue): boolean {
  if ('column' in value) return true;
  return 'ColumnRef' in (unwrapped(value.node) ?? {}) && variableOf(value.node, value.binding) === null;
}

/** The caller, where nothing else is asked of them: an administrator may be meant to change the rows of all. */
function isCallers(graph: SchemaGraph, routine: Routine, { column, value }: SetColumn, { binding }: Query): boolean {
  const { queries, calls } = routineShape(graph, routine);
  const isAlone = queries.every(({ sources }) => sources.every(({ isTarget }) => isTarget));
  if (column === null || value === null || !isAlone || calls.some((id) => isUsersOwn(graph, graph.get('function', id))))
    return false;
  const table = graph.get('column', column).relation;
  if (!columnsComparedWithCaller(graph, table).has(column)) return false;
  const source = onlySource(graph, routine, variableOf(value, binding));
  const node = source !== undefined && 'node' in source ? source.node : value;
  return asksCaller(graph, node, source?.binding ?? binding);
}
