import { fieldsOf } from '../../sql/nodes.ts';
import { askedByRoles } from '../asked-once.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { failuresOf } from '../failures/failures.ts';
import { mayBeIdle } from '../nulls/missing-values.ts';
import { type ClientAccess, clientAccess, LETTERS } from '../privileges/client-access.ts';
import { isUnderRowSecurity, mayAnyColumn } from '../privileges/privilege-questions.ts';
import type { Known } from '../query-shapes/certain-run.ts';
import { type CertainWrite, certainWrites } from '../query-shapes/certain-writes.ts';
import type { Write } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { type RowEvent, startsFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { doubledSteps } from '../triggers/doubled-steps.ts';
import { isRewritten } from '../triggers/write-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import type { KnownValues } from '../values/failed-check.ts';
import { changedRows } from './changed-rows.ts';
import { defaultRow, mayHold } from './default-row.ts';
import { callsForbidden } from './forbidden-call.ts';
import { missedOfAdded, missedOfChanged, soleOwner } from './missed-parents.ts';
import { admittingPolicies, mayMeetRows } from './policy-audience.ts';
import { clausesOf, decidingClause } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Table = EntityOf<'table'>;
type Trigger = EntityOf<'trigger'>;

/** A write of a trigger that never comes about for clients, whose rights it has. */
export interface TriggerRefusal {
  readonly trigger: Trigger;
  readonly function: EntityOf<'function'>;
  /** What the clients do with the trigger's table. */
  readonly event: RowEvent;
  /** Those who may do that by a policy, and for whom the trigger's write does not come about. */
  readonly access: readonly ClientAccess[];
  /** The policies by which they may. */
  readonly policies: readonly EntityOf<'policy'>[];
  readonly written: Table;
  readonly deed: 'insert' | 'update' | 'delete';
  /**
   * No privilege (42501); refused by row security (42501); a statement that meets no row, of which nobody is told; one that meets only rows of the
   * caller's own, while the row that is added may name another that the caller sees.
   */
  readonly kind: 'forbidden' | 'refused' | 'idle' | 'ownOnly';
  /** Whose those are. */
  readonly owner?: EntityOf<'column'>;
  /** The policies by which callers of a standing, administrators say, reach all rows. */
  readonly exempting?: readonly EntityOf<'policy'>[];
  /** Only for rows with these values: the defaults of the columns for INSERT, what they are set to for UPDATE; empty for each row. */
  readonly given: KnownValues;
}

/**
 * A trigger's function that is not SECURITY DEFINER runs as whoever writes the row, and row security holds its statements as it holds theirs. Only
 * statements that each run comes to, outside of handlers, of triggers that run for each such row; and only where no policy of the written table can let
 * any of its rows through for the role, whatever they hold.
 */
export const triggerRefusals = askedByRoles(foundIn);

/** Does each such statement of the role end in an error by a trigger's own write? */
export function failsByTrigger(
  graph: SchemaGraph,
  table: Table,
  event: RowEvent,
  { name }: Pick<ClientAccess, 'name'>,
  clientRoles: readonly string[],
): TriggerRefusal | undefined {
  return triggerRefusals(graph, table, clientRoles).find(
    (each) =>
      each.event === event &&
      each.given.size === 0 &&
      ERRORS.has(each.kind) &&
      each.access.some((one) => one.name === name),
  );
}

const ERRORS: ReadonlySet<TriggerRefusal['kind']> = new Set(['forbidden', 'refused']);

function foundIn(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly TriggerRefusal[] {
  return runsAsClient(graph, table).flatMap((run) =>
    run.trigger.events.flatMap((event): readonly TriggerRefusal[] => {
      if (event === 'truncate') return [];
      const reached = clientAccess(graph, table, clientRoles).filter(
        (each) => each.commands.includes(event) && isLet(graph, table, event, each),
      );
      const always = runsForEach(run.trigger, event)
        ? refusalsIn(graph, table, run, event, reached, startsFor(event), EACH_ROW)
        : [];
      if (always.length > 0 || event === 'delete') return always;
      return event === 'insert'
        ? refusalsByDefault(graph, table, run, reached)
        : refusalsByChange(graph, table, run, reached);
    }),
  );
}

function refusalsIn(
  graph: SchemaGraph,
  table: Table,
  { trigger, called, shape }: ClientRun,
  event: RowEvent,
  reached: readonly ClientAccess[],
  known: Known,
  given: KnownValues,
): readonly TriggerRefusal[] {
  return certainWrites(shape, known).flatMap((write) => {
    const refusal =
      refusedFor(graph, write, reached) ??
      (event === 'insert' ? missedOfAdded(graph, table, write, reached, called.id) : undefined);
    if (refusal === undefined || isDoneByOther(graph, table, called, write.write)) return [];
    const policies = refusal.access.flatMap((each) => admittingPolicies(graph, table, event, each));
    return [{ trigger, function: called, event, policies: [...new Set(policies)], ...refusal, given }];
  });
}

/** Of the row whose status a client sets to a listed value, from another, as WHEN or an IF asks: the row that it names is somebody else's. */
function refusalsByChange(
  graph: SchemaGraph,
  table: Table,
  { trigger, called, shape }: ClientRun,
  reached: readonly ClientAccess[],
): readonly TriggerRefusal[] {
  const always = trigger.when === null ? certainWrites(shape, startsFor('update')).map(({ tree }) => tree) : [];
  for (const row of changedRows(graph, trigger, called)) {
    const found = certainWrites(shape, row.known).flatMap((write): readonly TriggerRefusal[] => {
      if (always.includes(write.tree)) return [];
      const missed = missedOfChanged(graph, table, write, reached, row);
      if (missed === undefined || isDoneByOther(graph, table, called, write.write)) return [];
      const given = new Map([[row.column.id, row.value]]);
      return [{ trigger, function: called, event: 'update', ...missed, given }];
    });
    if (found.length > 0) return found;
  }
  return [];
}

/** Another trigger of the table does the same, past row security: duplicate-trigger tells of that. */
function isDoneByOther(graph: SchemaGraph, table: Table, called: EntityOf<'function'>, { sets }: Write): boolean {
  const done = doubledSteps(graph, table).filter(({ held }) => held?.id === called.id);
  return done.length > 0 && sets.every((each) => done.some(({ column }) => column.id === each.column));
}

/** Of the row that a client adds who leaves to its default what the trigger's conditions ask for. */
function refusalsByDefault(
  graph: SchemaGraph,
  table: Table,
  run: ClientRun,
  reached: readonly ClientAccess[],
): readonly TriggerRefusal[] {
  const row = defaultRow(graph, table);
  if (row === undefined || !row.meets(run.trigger.when)) return [];
  const writes = certainWrites(run.shape, row.known);
  const given = row.asked();
  const held = reached.filter((each) => mayHold(graph, table, 'insert', each, given));
  return writes.length === 0 || given.size === 0
    ? []
    : refusalsIn(graph, table, run, 'insert', held, row.known, new Map(given));
}

const EACH_ROW: KnownValues = new Map();

/** UPDATE OF is about updates alone. */
function runsForEach({ when, updateColumns }: Trigger, event: RowEvent): boolean {
  return when === null && (event !== 'update' || updateColumns.length === 0);
}

interface ClientRun {
  readonly trigger: Trigger;
  readonly called: EntityOf<'function'>;
  readonly shape: RoutineShape;
}

/** The triggers that run for rows that a client writes by a policy, with the client's rights. */
function runsAsClient(graph: SchemaGraph, table: Table): readonly ClientRun[] {
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity') || !isUsersOwn(graph, table)) return [];
  return graph.ownedBy(table.id, 'trigger').flatMap((trigger): readonly ClientRun[] => {
    if (trigger.timing === 'insteadOf' || !firesInOrigin(trigger)) return [];
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || called.security === 'definer' || mayChangeRole(called)) return [];
    const shape = routineShape(graph, called);
    const isRead = shape.block !== null && shape.isWhole && !graph.isDoubtful(called, ['functions']);
    // broken-function tells of what fails for everybody.
    return isRead && failuresOf(graph, called).length === 0 ? [{ trigger, called, shape }] : [];
  });
}

/** Where a policy asks who calls by a function, it may be that nobody who is signed out is let through. */
function isLet(graph: SchemaGraph, table: Table, event: RowEvent, access: ClientAccess): boolean {
  if (!mayMeetRows(graph, table, event, access)) return false;
  if (access.name !== 'anon') return true;
  return admittingPolicies(graph, table, event, access).some((each) => {
    const clause = decidingClause(each, event);
    return clause !== null && !asksCaller(graph, clause.tree, clause);
  });
}

/** A role in a clause of the function, or a statement in the body that may set one. */
function mayChangeRole({ config, body }: EntityOf<'function'>): boolean {
  return config.some(({ name }) => ROLE.test(name)) || SETS_ROLE.test(body?.text ?? '');
}

const ROLE = /^(?:role|session_authorization)$/;
const SETS_ROLE = /\bset\s+(?:(?:local|session)\s+)?(?:role|session\s+authorization)\b|\bset_config\b/i;

export type Refused = Pick<TriggerRefusal, 'access' | 'written' | 'deed' | 'kind' | 'owner' | 'exempting'>;

function refusedFor(
  graph: SchemaGraph,
  { write: { kind: deed, relation }, tree }: CertainWrite,
  reached: readonly ClientAccess[],
): Refused | undefined {
  const written = relation === null ? undefined : graph.find(relation);
  if (written?.kind !== 'table' || written.isAssumed === true || !isUsersOwn(graph, written)) return undefined;
  if (deed !== 'insert' && deed !== 'update' && deed !== 'delete') return undefined;
  const insert = fieldsOf(tree, 'InsertStmt');
  if (insert !== undefined && (mayBeIdle(insert) || isRewritten(graph, written, 'insert'))) return undefined;
  if (graph.ownedBy(written.id, 'rewriteRule').length > 0) return undefined;
  const forbidden = reached.filter(({ role }) => !mayAnyColumn(graph, role, written, LETTERS.get(deed) ?? ''));
  if (forbidden.length > 0) return { access: forbidden, written, deed, kind: 'forbidden' };
  if (!graph.isKnown(written, 'rowSecurity')) return undefined;
  const access = reached.filter(
    (each) =>
      isUnderRowSecurity(graph, each.role, written) &&
      !mayMeetRows(graph, written, deed, each) &&
      !failsOtherwise(graph, written, deed, each),
  );
  return access.length === 0 ? undefined : { access, written, deed, kind: insert === undefined ? 'idle' : 'refused' };
}

/** A policy that calls what the role may not execute: forbidden-policy-call tells of that. */
function failsOtherwise(
  graph: SchemaGraph,
  written: Table,
  deed: TriggerRefusal['deed'],
  { role }: ClientAccess,
): boolean {
  return policiesFor(graph, written, deed, role).some((each) =>
    clausesOf(each).some(({ expression }) => callsForbidden(graph, expression, role)),
  );
}

/**
 * The table in which a trigger's own row is to have the same value as this column of a new row, and by whose policies that is the caller: so that the
 * column is as well.
 */
export function tyingWrite(
  graph: SchemaGraph,
  table: Table,
  column: EntityOf<'column'>,
  access: ClientAccess,
): Table | undefined {
  for (const { trigger, shape } of runsAsClient(graph, table)) {
    if (!trigger.events.includes('insert') || !runsForEach(trigger, 'insert')) continue;
    for (const { write, tree } of certainWrites(shape, startsFor('insert'))) {
      const insert = fieldsOf(tree, 'InsertStmt');
      const written = write.relation === null ? undefined : graph.find(write.relation);
      if (insert === undefined || written?.kind !== 'table' || !isUnderRowSecurity(graph, access.role, written))
        continue;
      if (mayBeIdle(insert) || isRewritten(graph, written, 'insert')) continue;
      const owner = soleOwner(graph, written, 'insert', access);
      const value = write.sets.find((each) => each.column === owner?.id)?.value;
      const field = rowField(value ?? undefined);
      if (owner !== undefined && field?.row === 'new' && field.name === column.name) return written;
    }
  }
  return undefined;
}
