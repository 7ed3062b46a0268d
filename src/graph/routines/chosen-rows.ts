import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { type Standing, standingsIn } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { decides } from '../own-rows/free-standings.ts';
import { ownRowWrites } from '../own-rows/own-row-writes.ts';
import { policiesAskForOwner } from '../policies/owner-policies.ts';
import { openToRoles } from '../policies/policy-audience.ts';
import type { RowCommand } from '../policies/row-security.ts';
import type { ApiCaller } from '../privileges/api-calls.ts';
import { clientAccess } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantOf, unwrapped, variableOf } from '../query-shapes/operand.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import type { Query, SetColumn, Write } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { askedSecrets, isSecret } from '../secrets/asked-secrets.ts';
import { isSecretColumn } from '../secrets/secret-column.ts';
import { addedKeys } from './added-keys.ts';
import { type CallerChoice, callerChoice } from './caller-choice.ts';
import { securedTable, unsecuredTable } from './written-tables.ts';

/** Rows of a table that a routine writes, whichever an argument names. */
export type ChosenRows =
  | {
      readonly table: EntityOf<'table'>;
      readonly command: 'update' | 'delete';
      /** What of that lets somebody in (a password, the hash of a token) and becomes what the call says. */
      readonly secrets: readonly EntityOf<'column'>[];
    }
  | {
      readonly table: EntityOf<'table'>;
      readonly command: 'insert';
      /** What the caller names: whose row it is, and what it is for. */
      readonly columns: readonly EntityOf<'column'>[];
      /** Which policies let in who has such a row; empty where one of the columns lets in whoever knows what was written there. */
      readonly deciders: readonly EntityOf<'policy'>[];
      /** That one, the hash of a key. */
      readonly secrets: readonly EntityOf<'column'>[];
    };

/**
 * A table under row security, or one that clients do not reach by themselves, of which the routine changes or deletes the rows that an argument names, by UPDATE, DELETE or an INSERT
 * that overwrites, where no policy lets all these callers do that, or gives the caller the secret that it writes there; else one to which it adds rows, for whomever an argument names, by which
 * policies let that user in, or with the hash of a key that the call brings along, by which whoever made it up comes in as that user. What is only counted (`views = views + 1`) or worked out anew is none, nor are rows of a routine that looks for
 * a secret it is given, and what is left to policies for its owner that ask who calls.
 * @param served the schemas that the API serves
 */
export function chosenRows(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  callers: readonly ApiCaller[],
  served: readonly string[],
): ChosenRows | undefined {
  if (asksOtherSecret(graph, routine)) return undefined;
  const [changed] = unlikePolicies(graph, routine, callers).filter(
    ({ table }) => table.rowSecurity || isClosed(graph, table, served),
  );
  if (changed !== undefined) {
    const { table, command, written } = changed;
    const secrets = written.map((each) => graph.get('column', each)).filter((each) => isSecretColumn(graph, each));
    return { table, command, secrets };
  }
  const names = callers.map(({ name }) => name);
  for (const { table, columns, standings } of additions(graph, routine)) {
    const deciders = [...new Set(standings.map(({ policy }) => policy))].filter((each) => decides(graph, each, names));
    if (deciders.length > 0 && !mayAll(graph, table, 'insert', callers) && !mayAddOwn(graph, table, names))
      return { table, command: 'insert', columns, deciders, secrets: [] };
  }
  const key = addedKeys(graph, routine).find(
    ({ table }) => (table.rowSecurity || isClosed(graph, table, served)) && !mayAll(graph, table, 'insert', callers),
  );
  return key && { ...key, command: 'insert', deciders: [] };
}

/** The first case of that under row security, in all of its places. */
export function changedRows(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  callers: readonly ApiCaller[],
): readonly ChangedRows[] {
  return unlikePolicies(graph, routine, callers).filter(({ table }) => table.rowSecurity);
}

function unlikePolicies(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  callers: readonly ApiCaller[],
): readonly ChangedRows[] {
  if (asksOtherSecret(graph, routine)) return [];
  const isHidden = (id: EntityId) => isSecret(graph, id) && !mayAllSee(graph, id, callers);
  return changes(graph, routine).filter(
    ({ table, command, keys }) => !keys.some(isHidden) && !mayAll(graph, table, command, callers),
  );
}

/** Does it look for a secret that it is given, and that finds none of the rows it changes? */
function asksOtherSecret(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  const keys = new Set(changes(graph, routine).flatMap((each) => each.keys));
  return askedSecrets(graph, routine).some((each) => each === null || !keys.has(each));
}

/** Do policies let all of them do that with every row? */
export function mayAll(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: RowCommand,
  callers: readonly ApiCaller[],
): boolean {
  const names = callers.map(({ name }) => name);
  const open = graph.ownedBy(table.id, 'policy').flatMap((each) => openToRoles(graph, each, [command], names));
  return names.every((name) => open.some((each) => each.name === name));
}

/** Does a policy let each user add such a row for himself? What that gives is self-granted-access. */
export function mayAddOwn(graph: SchemaGraph, table: EntityOf<'table'>, clientRoles: readonly string[]): boolean {
  return graph
    .ownedBy(table.id, 'policy')
    .some((each) => ownRowWrites(graph, each, clientRoles).some(({ command }) => command === 'insert'));
}

/** What everybody can read is no secret. */
function mayAllSee(graph: SchemaGraph, id: EntityId, callers: readonly ApiCaller[]): boolean {
  const column = graph.get('column', id);
  const table = graph.find(column.relation);
  return (
    table?.kind === 'table' &&
    mayAll(graph, table, 'select', callers) &&
    callers.every(({ role }) => mayColumn(graph, role, column, 'r'))
  );
}

/** Rows that are changed or deleted in one place of a routine. */
export interface ChangedRows {
  readonly table: EntityOf<'table'>;
  readonly command: 'update' | 'delete';
  /** The columns by which the rows are found. */
  readonly keys: readonly EntityId[];
  /** Those that become what the call says. */
  readonly written: readonly EntityId[];
  readonly query: Query;
}

const changes = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): readonly ChangedRows[] => {
  const choice = callerChoice(graph, routine);
  return routineShape(graph, routine).writes.flatMap(({ query, write }): readonly ChangedRows[] => {
    const table = securedTable(graph, write) ?? unsecuredTable(graph, write);
    const isHandedBack = write.sets.some((each) => handsBack(graph, routine, query, each));
    const found =
      write.kind === 'insert' ? overwritten(query, write, choice) : named(query, write, choice, isHandedBack);
    if (table === undefined || found === undefined) return [];
    return policiesAskForOwner(graph, routine, table, found.command) ? [] : [{ table, query, ...found }];
  });
});

const CLIENTS: readonly string[] = ['anon', 'authenticated', 'public'];

/** Is it protected just so: its schema is not served, or no client has a right on it or on that? */
function isClosed(graph: SchemaGraph, table: EntityOf<'table'>, served: readonly string[]): boolean {
  if (!served.includes(table.name.schema)) return true;
  const isKnown = graph.isKnown(table, 'acl') && !graph.isDoubtful(table, ['privileges']);
  return isKnown && clientAccess(graph, table, CLIENTS).length === 0;
}

type Found = Pick<ChangedRows, 'command' | 'keys' | 'written'>;

/** By UPDATE or DELETE, where nothing but arguments and constants says which rows: what a subselect finds may be none of them, unless it counts a whole table (`(select count(*) from admins) > 1`). */
function named(query: Query, write: Write, choice: CallerChoice, isHandedBack: boolean): Found | undefined {
  const command = write.kind === 'update' || write.kind === 'delete' ? write.kind : undefined;
  const { whereClause } = fieldsOf(query.node, 'UpdateStmt') ?? fieldsOf(query.node, 'DeleteStmt') ?? {};
  if (command === undefined || conjuncts(whereClause).some(looksFurther)) return undefined;
  const written = decidedBy(write.sets, (value) => choice.decides(value, query.binding));
  if (command === 'update' && written === undefined && !isHandedBack) return undefined;
  const target = query.sources.find(({ isTarget, relation }) => isTarget && relation === write.relation);
  const keys = target === undefined ? [] : choice.keysOf(query, target);
  return keys.length === 0 ? undefined : { command, keys, written: written ?? [] };
}

/** Is it a secret that the routine makes up, writes into the row and gives to whoever calls it? */
function handsBack(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { binding }: Query,
  { column, value }: SetColumn,
): boolean {
  const name = variableOf(value ?? undefined, binding);
  const isGiven = name !== null && returnedVariables(graph, routine).has(name);
  return isGiven && column !== null && isSecretColumn(graph, graph.get('column', column));
}

/** The variables that a PL/pgSQL body returns as they are. */
const returnedVariables = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): ReadonlySet<string> => {
  const { block, expressions } = routineShape(graph, routine);
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const names = (block === null ? [] : [...eachStatement([block])]).flatMap(({ statement }) => {
    const given = statement.kind === 'return' && statement.value ? bound.get(statement.value.tree) : undefined;
    return given === undefined ? [] : (variableOf(given.tree, given) ?? []);
  });
  return new Set(names);
});

/** Does a condition look for rows, of which the caller's may be none? */
function looksFurther(condition: Node): boolean {
  const { kind, lexpr, rexpr } = fieldsOf(condition, 'A_Expr') ?? {};
  const isComparing = kind === 'AEXPR_OP' && [lexpr, rexpr].some((each) => constantOf(each) !== null);
  if (isComparing && [lexpr, rexpr].some(countsWholeTable)) return false;
  return anyNode(condition, (_, tag) => tag === 'SubLink');
}

/** `(select count(*) from t)`. */
function countsWholeTable(node: Node | undefined): boolean {
  const { subLinkType, subselect } = fieldsOf(unwrapped(node), 'SubLink') ?? {};
  const { targetList = [], fromClause = [], whereClause } = fieldsOf(subselect, 'SelectStmt') ?? {};
  const call = fieldsOf(fieldsOf(targetList[0], 'ResTarget')?.val, 'FuncCall');
  const isOne = targetList.length === 1 && fromClause.length === 1 && whereClause === undefined;
  return subLinkType === 'EXPR_SUBLINK' && isOne && call?.agg_star === true;
}

/** The columns that are set to what the call decides; undefined where none is. */
function decidedBy(
  sets: readonly SetColumn[],
  decides: (value: Node | undefined) => boolean,
): readonly EntityId[] | undefined {
  const decided = sets.filter(({ value }) => decides(value ?? undefined));
  return decided.length === 0 ? undefined : decided.flatMap(({ column }) => column ?? []);
}

/** By INSERT … ON CONFLICT DO UPDATE: the arguments hold the key of a row that may be there, and the call decides what it gets. */
function overwritten({ binding }: Query, { sets, onConflict }: Write, choice: CallerChoice): Found | undefined {
  if (onConflict?.action !== 'update' || onConflict.columns.length === 0) return undefined;
  const given = new Map(sets.flatMap(({ column, value }) => (column === null ? [] : [[column, value ?? undefined]])));
  const isDecided = ({ value }: SetColumn) => choice.decides(value ?? undefined, binding);
  const overwriting = onConflict.sets.filter(({ column, value }) => {
    // The key it is found by stays what it is.
    if (column === null || onConflict.columns.includes(column)) return false;
    const [source, name] = stringsOf(fieldsOf(unwrapped(value ?? undefined), 'ColumnRef')?.fields);
    const isGiven = source === 'excluded' && sets.some((each) => each.name === name && isDecided(each));
    return isGiven || choice.decides(value ?? undefined, binding);
  });
  const areKeysGiven = onConflict.columns.every((each) => choice.names(given.get(each), binding));
  const written = overwriting.flatMap(({ column }) => column ?? []);
  return overwriting.length > 0 && areKeysGiven ? { command: 'update', keys: onConflict.columns, written } : undefined;
}

interface Added {
  readonly table: EntityOf<'table'>;
  readonly columns: readonly EntityOf<'column'>[];
  readonly standings: readonly Standing[];
}

/** Rows that are enough for what policies ask of the rows of the user whom the caller names. */
const additions = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): readonly Added[] => {
  const choice = callerChoice(graph, routine);
  return routineShape(graph, routine).writes.flatMap(({ query, write }): readonly Added[] => {
    const table = write.kind === 'insert' ? securedTable(graph, write) : undefined;
    if (table === undefined || policiesAskForOwner(graph, routine, table, 'insert')) return [];
    const all = standingsIn(graph, table.id);
    const given = new Map(write.sets.flatMap((each) => (each.column === null ? [] : [[each.column, each]])));
    const isNamed = (id: EntityId) => choice.names(given.get(id)?.value ?? undefined, query.binding);
    const isMet = (each: Standing) => isNamed(each.column) || isOneOf(graph, each, given.get(each.column));
    const standings = all.filter(({ query: asked, user, column }) => {
      const together = all.filter((each) => each.query === asked && each.user === user);
      return isNamed(user) && isNamed(column) && together.every(isMet);
    });
    const columns = new Set(standings.flatMap(({ user, column }) => [user, column]));
    return standings.length === 0
      ? []
      : [{ table, standings, columns: [...columns].map((id) => graph.get('column', id)) }];
  });
});

/** Is it written as one of the constants that are asked for, or is it one by default? */
function isOneOf(graph: SchemaGraph, { column, values }: Standing, set: SetColumn | undefined): boolean {
  const given = graph.get('column', column).default;
  const constant = set !== undefined ? set.constant : given === null ? null : constantOf(given.tree);
  return typeof constant === 'string' && values.includes(constant);
}
