import { callerTests } from '../graph/caller/caller-tests.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { type NamedGrants, namedGrants } from '../graph/history/named-grants.ts';
import { clientGrantees } from '../graph/privileges/client-access.ts';
import { refusesAllButServiceRole } from '../graph/privileges/for-service-role.ts';
import { isCalledAsCaller } from '../graph/query-shapes/caller-uses.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

type Routine = EntityOf<'function'>;
type GrantHistory = Parameters<typeof namedGrants>[0];

/** Why those who have signed in keep the right: the body asks which of them calls, or lets them say so; or they may read all that it gives anyway. */
export type KeptBy = 'asked' | 'named' | 'shown';

export const EVERYONE: readonly string[] = ['anon', 'public'];

/** Whoever grants it to anon by name means those who are not signed in, also of the function in whose place it came, unless it was granted anew. */
export function isForEveryone({ granted, grantedBefore, revoked }: NamedGrants): boolean {
  const isAnew = granted.size > 0;
  return EVERYONE.some((each) => granted.has(each) || (!isAnew && grantedBefore.has(each) && !revoked.has(each)));
}

/** Taken from PUBLIC, and granted to service_role alone. */
function isForServer({ granted, fromPublic }: NamedGrants): boolean {
  return fromPublic !== undefined && granted.size === 1 && granted.has('service_role');
}

/** Granted to authenticated by name, or taken from anon alone: then those who have signed in are meant to call it. */
function isForSignedIn({ granted, revoked, grantedBefore }: NamedGrants): boolean {
  const isFromAnonAlone = revoked.has('anon') && !revoked.has('public') && !revoked.has('authenticated');
  const isKept = grantedBefore.has('authenticated') && !revoked.has('authenticated');
  return granted.has('authenticated') || isFromAnonAlone || isKept;
}

/** Whoever may call the same with one argument more or less. */
function isOverloadForSignedIn({ id, name }: Routine, graph: SchemaGraph, history: GrantHistory): boolean {
  const others = graph.functions(name).filter((each) => each.id !== id);
  return others.some((each) => callerTests(graph, each).asks === true || isForSignedIn(namedGrants(history, each)));
}

/**
 * Where the body asks who calls, or the migrations name them, signed-in users are meant to call it and keep the right; else
 * all clients lose it. None where it is granted to anon by name, or something evaluated with the caller's rights calls it.
 */
export function revokedFromAnon(
  graph: SchemaGraph,
  routine: Routine,
  clientRoles: readonly string[],
  keptBy: KeptBy | undefined,
  { grants, history }: { readonly grants: NamedGrants; readonly history: GrantHistory },
): Fix | undefined {
  const grantees = clientGrantees(graph, routine.acl, clientRoles);
  if (isForEveryone(grants) || isCalledAsCaller(graph, routine)) return undefined;
  if (grantees.some((each) => each !== 'public' && !clientRoles.includes(each))) return undefined;
  const isRefusing = refusesAllButServiceRole(graph, routine);
  const isSignedIn =
    !(isRefusing || isForServer(grants)) &&
    (keptBy !== undefined || isForSignedIn(grants) || isOverloadForSignedIn(routine, graph, history));
  const losing = grantees.filter((each) => !isSignedIn || each !== 'authenticated');
  // Whoever held it as one of PUBLIC and is to keep it.
  const keeping = [...(isSignedIn ? ['authenticated'] : []), 'service_role'].filter((name) => {
    const role = graph.global('role', name);
    return role !== undefined && !routine.acl.some(({ grantee }) => grantee === role.id);
  });
  const name = raw(graph.path(routine));
  const from = losing.map((each) => (each === 'public' ? raw(each) : each));
  return {
    title: isForServer(grants)
      ? 'Leave it to service_role, as the REVOKE from PUBLIC was to do'
      : isRefusing
        ? 'Leave it to service_role, as its body does'
        : titleOf(isSignedIn, keptBy),
    safety: 'review',
    sql: [
      sql`revoke execute on function ${name} from ${from};`,
      ...(losing.includes('public') && keeping.length > 0
        ? [sql`grant execute on function ${name} to ${keeping};`]
        : []),
    ].join('\n'),
  };
}

function titleOf(isSignedIn: boolean, keptBy: KeptBy | undefined): string {
  if (!isSignedIn)
    return 'Let no client call it (where the app does: grant it to authenticated, and let the body ask which of them)';
  const note =
    keptBy === 'asked'
      ? ''
      : keptBy === 'shown'
        ? ' (who may read all of that by policies)'
        : ' (which of them may, the body still has to ask)';
  return `Let only those who have signed in call it${note}`;
}
