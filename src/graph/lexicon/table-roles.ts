import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { columnsComparedWithCaller, tenantColumns } from '../policies/tenant-columns.ts';
import { opaqueRoutines, writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { statusLabels } from '../values/status-labels.ts';
import { isStampOfAuthor } from './author-stamps.ts';
import { COLUMN_NAMES } from './column-names.ts';
import { columnsWithRole } from './column-roles.ts';
import { isOfInspection } from './inspections.ts';
import { isNamed, type NamePatterns } from './pattern.ts';
import { TABLE_NAMES } from './table-names.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** Why a table is taken for a queue. */
export interface QueueTable {
  /** Its name says so. */
  readonly isNamed: boolean;
  /** Where a row stands; undefined for a queue by name that has no such column. */
  readonly status: Column | undefined;
  /** What only a worker writes. */
  readonly worker: readonly Column[];
  /** When a row's turn comes: run_at, scheduled_for, available_at … */
  readonly scheduled: readonly Column[];
  /**
   * By name, or a column that only work taken one by one needs (attempts, retries, locks, claims). False where all there is
   * beside the status is a scheduled time, which appointments and posts have too.
   */
  readonly isSure: boolean;
}

/**
 * A table named as a queue, or with a status-like column and a column of a worker. Columns that refer to another table are
 * people or things of the schema and no worker's mark. A to-do list that is only named tasks or jobs is none.
 */
export function queueTable(
  graph: SchemaGraph,
  table: Table,
  names: NamePatterns = TABLE_NAMES.queue,
  workerNames: NamePatterns = COLUMN_NAMES.worker,
): QueueTable | undefined {
  const referring = new Set(graph.ownedBy(table.id, 'foreignKey').flatMap((key) => key.columns));
  const worker = columnsWithRole(graph, table.id, 'worker', workerNames).filter((each) => !referring.has(each.id));
  const scheduled = columnsWithRole(graph, table.id, 'scheduled');
  const [status] = statusColumns(graph, table);
  const isByName = isNamed(table.name.name, names);
  if (!isByName && (status === undefined || worker.length === 0)) return undefined;
  const isSure = isByName || worker.some((each) => !scheduled.includes(each));
  return { isNamed: isByName, status, worker, scheduled, isSure };
}

/** A plain `status` or `state` before others such as job_type. */
function statusColumns(graph: SchemaGraph, table: Table): readonly Column[] {
  const all = columnsWithRole(graph, table.id, 'status');
  const standing = all.filter((each) => isNamed(each.name, STANDING));
  return [...standing, ...all.filter((each) => !standing.includes(each))];
}

const STANDING: NamePatterns = ['*_status', '*_state'];

/**
 * A table that keeps what happened: by a whole word of its name, if it is no part of an audit that people carry out. Tables of events only where nothing in the schema updates
 * them, no code that cannot be read might, and no column says when they were or where they stand.
 */
export function isAuditTable(
  graph: SchemaGraph,
  table: Table,
  names: NamePatterns = TABLE_NAMES.audit,
  eventNames: NamePatterns = TABLE_NAMES.events,
): boolean {
  const { name } = table.name;
  if (isNamed(name, names)) return !isOfInspection(graph, table);
  if (!isNamed(name, eventNames) || columnsWithRole(graph, table.id, 'updated').length > 0) return false;
  // label_events, which links labels with the table events; webhook_events with a flag `processed`.
  if (refersToTableNamed(graph, table, 'events') || columnsOfState(graph, table).length > 0) return false;
  // A wedding, a raise: what happens on a day is noted by whoever it happens to, what an application does at a moment.
  if (graph.columns(table.id).some((each) => typeClass(graph, each.type) === 'date')) return false;
  if (opaqueRoutines(graph).some((each) => each.unread.length > 0)) return false;
  return !writesTo(graph, table.id).some(
    ({ write }) => write.kind === 'update' || write.onConflict?.action === 'update',
  );
}

function refersToTableNamed(graph: SchemaGraph, table: Table, noun: string): boolean {
  return graph.ownedBy(table.id, 'foreignKey').some((key) => {
    const target = graph.find(key.referencedTable);
    return target?.kind === 'table' && isNamed(target.name.name, [noun]);
  });
}

/** What someone is to set later: a status, a yes or no, a time of being done. */
function columnsOfState(graph: SchemaGraph, table: Table): readonly Column[] {
  return graph
    .columns(table.id)
    .filter((each) => typeClass(graph, each.type) === 'boolean' || isNamed(each.name, [...STANDING, 'processed_*']));
}

/**
 * A table without foreign keys that other tables refer to: countries, plans, categories. Not what belongs to someone: people
 * who sign in, tenants, tables whose policies ask for the caller.
 * @param isOfList keys that it may have all the same: what an entry of a list refers to
 */
export function isReferenceList(
  graph: SchemaGraph,
  table: Table,
  configuredTenants: readonly string[] = [],
  isOfList: (key: EntityOf<'foreignKey'>) => boolean = () => false,
): boolean {
  if (!graph.ownedBy(table.id, 'foreignKey').every(isOfList) || isAccountTable(graph, table)) return false;
  const keys = graph.referencedBy(table.id).filter((key) => key.table !== table.id);
  const tenants = tenantColumns(graph, configuredTenants);
  const isTenant = keys.some((key) => key.columns.some((each) => tenants.has(each)));
  return keys.length > 0 && !isTenant && columnsComparedWithCaller(graph, table.id).size === 0;
}

/** Who or what belongs to what: a primary or unique key over the columns of two or more foreign keys. */
export function isMembershipTable(graph: SchemaGraph, table: Table): boolean {
  const foreign = graph.ownedBy(table.id, 'foreignKey');
  const keys = [...graph.ownedBy(table.id, 'primaryKey'), ...graph.ownedBy(table.id, 'uniqueConstraint')].map(
    (each) => each.columns,
  );
  const unique = graph
    .ownedBy(table.id, 'index')
    .filter((each) => each.isUnique && each.predicate === null)
    .map((each) => each.keys.flatMap((key) => key.column ?? []));
  return [...keys, ...unique].some(
    (columns) => foreign.filter((key) => key.columns.every((each) => columns.includes(each))).length >= 2,
  );
}

/** One row for each person who signs in: auth.users, or what is so by its name or because its key is the user's of auth.users. */
export function isAccountTable(graph: SchemaGraph, table: Table, names: NamePatterns = TABLE_NAMES.account): boolean {
  if (isAuthUsers(table.name)) return true;
  if (isKeyedByUser(graph, table)) return true;
  return isNamed(table.name.name, names) && !isMembershipTable(graph, table) && !isListOfKinds(graph, table);
}

/** Are its rows of several people each, as a table says that links them with users: accounts that are teams. */
export function hasMembers(graph: SchemaGraph, team: Table): boolean {
  const { id } = team;
  if (isAuthUsers(team.name) || isKeyedByUser(graph, team)) return false;
  return graph.referencedBy(id).some(({ table: member }) => {
    const table = graph.get('table', member);
    if (table.id === id || !isMembershipTable(graph, table)) return false;
    return graph.ownedBy(table.id, 'foreignKey').some(({ referencedTable, columns }) => {
      const other = graph.find(referencedTable);
      const isStamp = graph.columnNames(columns).some(isStampOfAuthor);
      return other?.kind === 'table' && other.id !== id && !isStamp && isAccountTable(graph, other);
    });
  });
}

/** Is its key one of a few words, by a CHECK or an enum: profiles that are the roles of an app? */
function isListOfKinds(graph: SchemaGraph, table: Table): boolean {
  const [key, another] = graph.primaryKey(table.id)?.columns ?? [];
  return key !== undefined && another === undefined && statusLabels(graph, graph.get('column', key)).length > 0;
}

/** Does a key of the table lead to people who sign in, so that a row may be somebody's? One to the table itself says how its rows are ordered. */
export function refersToAccounts(graph: SchemaGraph, table: Table): boolean {
  return graph.ownedBy(table.id, 'foreignKey').some(({ referencedTable }) => {
    const target = graph.find(referencedTable);
    return target?.kind === 'table' && target.id !== table.id && isAccountTable(graph, target);
  });
}

/** Does the column refer to somebody who signs in? */
export function holdsAccount(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return graph.foreignKeysOf(column).some(({ referencedTable }) => {
    const table = graph.find(referencedTable);
    return table?.kind === 'table' && isAccountTable(graph, table);
  });
}

/** Supabase Auth's table of accounts, by its name. */
export function isAuthUsers({ schema, name }: Table['name']): boolean {
  return schema === 'auth' && name === 'users';
}

/** Is its key the id of a user of auth.users? */
export function isKeyedByUser(graph: SchemaGraph, table: Table): boolean {
  const key = graph.primaryKey(table.id)?.columns ?? [];
  return graph.ownedBy(table.id, 'foreignKey').some((each) => {
    const target = graph.find(each.referencedTable);
    const isUsers = target?.kind === 'table' && isAuthUsers(target.name);
    return isUsers && each.columns.length === 1 && key.length === 1 && each.columns[0] === key[0];
  });
}

/** Goes the row of such a table with its user of auth.users: a CASCADE key of the user's id, one row for each? */
export function goesWithItsUser(graph: SchemaGraph, table: Table): boolean {
  const key = graph.primaryKey(table.id)?.columns ?? [];
  return graph.ownedBy(table.id, 'foreignKey').some(({ referencedTable, columns, onDelete, isEnforced }) => {
    const [column, another] = columns;
    const target = graph.find(referencedTable);
    if (column === undefined || another !== undefined || onDelete !== 'cascade' || !isEnforced) return false;
    if (target?.kind !== 'table' || !isAuthUsers(target.name)) return false;
    return (key.length === 1 && key[0] === column) || isUniqueAlone(graph, graph.get('column', column));
  });
}

/** Are the columns two, and each a key to the same table of users: who follows whom? */
export function linksAccounts(graph: SchemaGraph, columns: readonly EntityId[]): boolean {
  const linked = columns.map((id) => {
    const { relation } = graph.get('column', id);
    return graph.ownedBy(relation, 'foreignKey').find((each) => each.columns.length === 1 && each.columns[0] === id);
  });
  const [one, other] = linked;
  if (columns.length !== 2 || one === undefined || other?.referencedTable !== one.referencedTable) return false;
  const users = graph.find(one.referencedTable);
  if (users?.kind !== 'table') return false;
  return isAccountTable(graph, users);
}
