import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { functionAsksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isAuthUsers } from '../lexicon/table-roles.ts';
import { columnsNamed } from '../own-column.ts';
import { isAboutConstants, sentKey } from '../policies/parent-writes.ts';
import { mayMeetRows, policyAudience } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { derivedFrom } from '../query-shapes/derived-variables.ts';
import type { Query, SetColumn } from '../query-shapes/query.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { mayRaise } from '../triggers/trigger-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { isLeftTo, tiesAsked } from './own-row-writes.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;
type Policy = EntityOf<'policy'>;
type Routine = EntityOf<'function'>;

/** What of auth.users says who somebody is when they sign in, and what their token says of them. */
const LOGINS = ['phone', 'email', 'encrypted_password', 'raw_app_meta_data', 'role', 'is_super_admin'] as const;
export type LoginColumn = (typeof LOGINS)[number];

/** A trigger that puts what clients write into a row of auth.users. */
export interface CarriedLogin {
  readonly trigger: EntityOf<'trigger'>;
  readonly function: Routine;
  readonly table: Table;
  readonly command: 'insert' | 'update';
  /** The policy that lets them write the row. */
  readonly policy: Policy;
  readonly access: readonly ClientAccess[];
  /** The column of the row that says which user. */
  readonly user: Column;
  /** Columns of the row that they may choose, from which the value is made. */
  readonly from: readonly Column[];
  readonly into: LoginColumn;
  /** The policy ties the row to the caller: it is their own account. */
  readonly isOwn: boolean;
}

/**
 * The writes to auth.users that SECURITY DEFINER triggers of the table do with the rights of their owner, from columns that a policy leaves to clients: for
 * whichever user they name, or else for themselves. None of a function that asks who calls or may raise an error, nor by a policy that asks for a standing.
 */
export function carriedLogins(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): readonly CarriedLogin[] {
  const found: CarriedLogin[] = [];
  for (const carried of writesToUsers(graph, table)) {
    const all = writesLeft(graph, carried, clientRoles);
    const worst = all.find(({ isOwn }) => !isOwn) ?? all[0];
    const isTold = found.some(({ into, function: called }) => into === carried.into && called === carried.function);
    if (worst !== undefined && !isTold) found.push(worst);
  }
  return found;
}

type Carried = Omit<CarriedLogin, 'policy' | 'access' | 'isOwn'>;

/** `update auth.users set phone = new.phone where id = new.user_id`, for each command that the trigger fires on. */
const writesToUsers = askedOnce((graph: SchemaGraph, table: Table): readonly Carried[] =>
  graph.ownedBy(table.id, 'trigger').flatMap((trigger): readonly Carried[] => {
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || called.security !== 'definer' || !isUsersOwn(graph, called)) return [];
    if (!firesInOrigin(trigger) || trigger.level !== 'row') return [];
    if (functionAsksCaller(graph, called) !== false || mayRaise(graph, called)) return [];
    const shape = routineShape(graph, called);
    return shape.writes.flatMap(({ query, write }): readonly Carried[] => {
      const users = write.relation === null ? undefined : graph.find(write.relation);
      if (users?.kind !== 'table' || !isAuthUsers(users.name) || write.kind !== 'update') return [];
      const user = namedUser(graph, table, query);
      if (user === undefined) return [];
      return write.sets.flatMap((set) => {
        const into = LOGINS.find((each) => each === set.name);
        const from = into === undefined ? [] : columnsIn(graph, table, shape, query, set, user);
        if (into === undefined || from.length === 0) return [];
        return (['insert', 'update'] as const)
          .filter((each) => trigger.events.includes(each))
          .map((command) => ({ trigger, function: called, table, command, user, from, into }));
      });
    });
  }),
);

/** The column of NEW by which the one user is found, and nothing else but constants is asked. */
function namedUser(graph: SchemaGraph, table: Table, { node }: Query): Column | undefined {
  const { whereClause, fromClause = [] } = fieldsOf(node, 'UpdateStmt') ?? {};
  if (whereClause === undefined || fromClause.length > 0) return undefined;
  let user: Column | undefined;
  for (const part of conjuncts(whereClause)) {
    const sent = sentKey(part);
    if (sent?.to === 'id') user = graph.column(table.id, sent.from);
    else if (!isAboutConstants(part)) return undefined;
  }
  return user;
}

/** The columns of NEW that the value is made from, also through variables and what is looked up by them. */
function columnsIn(
  graph: SchemaGraph,
  table: Table,
  { block, expressions }: RoutineShape,
  { binding }: Query,
  { value }: SetColumn,
  user: Column,
): readonly Column[] {
  if (value === null || block === null) return [];
  return graph.columns(table.id).filter((column) => {
    const isIt = (node: Node) => {
      const field = rowField(node);
      return field?.row === 'new' && field.name === column.name;
    };
    if (column === user || column.generated !== null || !expressions.some(({ tree }) => anyNode(tree, isIt)))
      return false;
    return derivedFrom(block, expressions, isIt)(value, binding);
  });
}

/** The policies by which clients do it. */
function writesLeft(graph: SchemaGraph, carried: Carried, clientRoles: readonly string[]): readonly CarriedLogin[] {
  const { table, command, user, function: called } = carried;
  return graph.ownedBy(table.id, 'policy').flatMap((policy): readonly CarriedLogin[] => {
    if (!policy.isPermissive) return [];
    const access = policyAudience(graph, policy, clientRoles).filter(
      (each) =>
        each.commands.includes(command) &&
        (command === 'insert' || mayMeetRows(graph, table, 'select', each)) &&
        !isRestricted(graph, table, command, each),
    );
    const from = carried.from.filter((each) =>
      access.some((client) => isLeftTo(graph, table, each, command, client, called.id)),
    );
    const tie = from.length === 0 ? undefined : tieOf(graph, policy, command, user, from);
    const isNamable = access.some((client) => isLeftTo(graph, table, user, command, client, called.id));
    if (tie === undefined || (tie === 'none' && !isNamable)) return [];
    return [{ ...carried, policy, access, from, isOwn: tie === 'caller' }];
  });
}

/** What a restrictive policy keeps back is not followed. */
function isRestricted(graph: SchemaGraph, table: Table, command: 'insert' | 'update', { role }: ClientAccess): boolean {
  return policiesFor(graph, table, command, role).some(({ isPermissive }) => !isPermissive);
}

/**
 * Whom the policy lets the new row name: whoever (`none`), where an alternative that asks for nothing more than being signed in, or for another column,
 * leaves the column out; the caller, where it ties the column. Undefined where it asks for anything else: a role, what a table says, one of the columns.
 */
function tieOf(
  graph: SchemaGraph,
  { using, check }: Policy,
  command: 'insert' | 'update',
  user: Column,
  from: readonly Column[],
): 'none' | 'caller' | undefined {
  const clause = check ?? using;
  const entry = command === 'update' ? using : clause;
  if (clause === null || entry === null) return undefined;
  const [ways, entries] = [clause, entry].map((each) =>
    (waysOf(each) ?? []).filter((way) => way.every((part) => tiesAsked(graph, part) !== undefined)),
  );
  if (ways === undefined || entries === undefined || entries.length === 0) return undefined;
  const free = ways.filter((way) => {
    const named = new Set(way.flatMap((part) => [...columnsNamed(part)]));
    return from.some((each) => !named.has(each.id));
  });
  const isTied = (way: (typeof ways)[number]) => way.some((part) => columnsNamed(part).has(user.id));
  if (free.some((way) => !isTied(way))) return 'none';
  return free.some((way) => way.some((part) => tiesAsked(graph, part)?.includes(user.id))) ? 'caller' : undefined;
}
