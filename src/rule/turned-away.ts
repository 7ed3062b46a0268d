import { askedOnce } from '../graph/asked-once.ts';
import { callerTests } from '../graph/caller/caller-tests.ts';
import { refusesSignedOut } from '../graph/caller/refuses-signed-out.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { neverTakesEffect } from '../graph/failures/failures.ts';
import { groupedBy } from '../graph/grouping.ts';
import { granteesOf, namedGrants } from '../graph/history/named-grants.ts';
import { fieldsOfStatement, type Statement } from '../graph/journal.ts';
import { apiCallers } from '../graph/privileges/api-calls.ts';
import { refusesAllButServiceRole } from '../graph/privileges/for-service-role.ts';
import { isIdle } from '../graph/query-shapes/idle-routine.ts';
import { userRoutines } from '../graph/query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Fix } from './finding.ts';
import { revokedFromAnon } from './revoked-from-anon.ts';
import type { AuditSettings } from './rule.ts';
import { raw, sql } from './sql.ts';

type Routine = EntityOf<'function'>;

/** Does each call of whoever has not signed in end in an error, since the body asks who calls, and are those who have meant to get on? */
export const isTurnedAway = askedOnce((graph: SchemaGraph, routine: Routine): boolean => {
  if (routine.security !== 'definer' || isIdle(graph, routine) || neverTakesEffect(graph, routine)) return false;
  const { asks, evaded, sparedBy } = callerTests(graph, routine);
  const isAsking = asks === true && evaded.length === 0 && sparedBy === undefined;
  return isAsking && refusesSignedOut(graph, routine) && !refusesAllButServiceRole(graph, routine);
});

/** Functions of which that is so and which they may call through the API. */
export interface TurnedAway {
  readonly first: Routine;
  readonly others: readonly Routine[];
  readonly fix: Fix | undefined;
  /** Gives such callers each new function by default privileges; the fix takes that back. */
  readonly byDefault: Statement | undefined;
}

/** Those that one fix takes from them, as those who have signed in or service_role alone keep the right, and those that none does. */
export function turnedAway(
  graph: SchemaGraph,
  settings: AuditSettings,
  history: Parameters<typeof namedGrants>[0],
): readonly TurnedAway[] {
  const found = callable(graph, settings).map((routine) => {
    const grants = namedGrants(history, routine);
    return { routine, fix: revokedFromAnon(graph, routine, settings.clientRoles, 'asked', { grants, history }) };
  });
  const granting = defaultGrant(history.statements, settings.clientRoles);
  const given = new Set<string>();
  return [...groupedBy(found, ({ fix }) => fix?.title).values()].flatMap((group): readonly TurnedAway[] => {
    const [first, ...others] = group.map(({ routine }) => routine);
    if (first === undefined) return [];
    const [fix] = group.flatMap((each) => each.fix ?? []);
    if (fix === undefined) return [{ first, others, fix, byDefault: undefined }];
    const revokes = group.flatMap((each) => each.fix?.sql ?? []);
    const defaults = granting === undefined ? [] : defaultsOf(group.map(({ routine }) => routine));
    const title = others.length === 0 ? fix.title : fix.title.replace(/\bit\b/, 'them');
    return [
      {
        first,
        others,
        fix: {
          ...fix,
          title: defaults.length === 0 ? title : `${title}, and let no new function be for everybody`,
          sql: [...revokes, ...defaults].join('\n'),
        },
        byDefault: defaults.length === 0 ? undefined : granting,
      },
    ];
  });

  /** What takes each new function of their owners from them, but for what another group does already. */
  function defaultsOf(routines: readonly Routine[]): readonly string[] {
    const schemas = new Set(routines.map(({ name }) => name.schema));
    const owners = [...new Set(routines.map(({ owner }) => owner))];
    const revokes = owners.flatMap((each) => defaultsRevoked(graph, each, schemas, settings.clientRoles));
    const added = revokes.filter((each) => !given.has(each));
    for (const each of added) given.add(each);
    return added;
  }
}

/** By name: files and a catalog know them in different orders. */
function callable(graph: SchemaGraph, settings: AuditSettings): readonly Routine[] {
  return userRoutines(graph)
    .filter((each) => isTurnedAway(graph, each))
    .filter((each) => apiCallers(graph, each, settings).some(({ name }) => name !== 'authenticated'))
    .sort((a, b) => (graph.path(a) < graph.path(b) ? -1 : 1));
}

/** The last statement that gives others than those who have signed in each new function, by default privileges. */
function defaultGrant(statements: readonly Statement[], clientRoles: readonly string[]): Statement | undefined {
  return statements.findLast((each) => {
    const { action } = fieldsOfStatement(each, 'AlterDefaultPrivilegesStmt') ?? {};
    const isGrant = action?.is_grant === true && action.objtype === 'OBJECT_FUNCTION';
    return isGrant && granteesOf(action).some((name) => name !== 'authenticated' && clientRoles.includes(name));
  });
}

/** Takes that back, and what PUBLIC is given of each new function without any: no new one is for everybody then. */
function defaultsRevoked(
  graph: SchemaGraph,
  owner: Routine['owner'],
  schemas: ReadonlySet<string>,
  clientRoles: readonly string[],
): readonly string[] {
  const role = graph.get('role', owner).name;
  const taken = graph.ofKind('defaultPrivileges').flatMap((each): readonly string[] => {
    if (each.objects !== 'function' || each.role !== owner) return [];
    const names = each.acl.flatMap(({ grantee }) => (grantee === 'public' ? [] : graph.get('role', grantee).name));
    const losing = names.filter((name) => name !== 'authenticated' && clientRoles.includes(name));
    if (losing.length === 0) return [];
    const name = each.schema === null ? undefined : graph.get('schema', each.schema).name;
    if (name !== undefined && !schemas.has(name)) return [];
    const schema = name === undefined ? '' : sql` in schema ${name}`;
    return [sql`alter default privileges for role ${role}${raw(schema)} revoke execute on functions from ${losing};`];
  });
  return taken.length === 0
    ? []
    : [...taken, sql`alter default privileges for role ${role} revoke execute on functions from public;`];
}
