import { askedOnce } from '../asked-once.ts';
import { asksInEveryWay } from '../caller/asks-in-every-way.ts';
import { isClosedToSignedOut } from '../caller/closed-conditions.ts';
import type { EntityOf } from '../entities/index.ts';
import { clientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { forbiddenRead } from './forbidden-reads.ts';
import { admittingPolicies, policyAudience } from './policy-audience.ts';
import { clausesOf, decidingClause, isAlwaysTrue } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/** Rows that a policy shows to signed-out visitors, and none to a user. */
export interface ForAnonOnly {
  /** What shows authenticated rows of the table: each of them asks who calls. Empty where nothing does. */
  readonly beside: readonly Policy[];
}

/**
 * Does a permissive policy for reading admit anon and not authenticated, although the grants let that role come as far: is what visitors see out of
 * sight for whoever signs in? Undefined where nothing in the schema says that users sign in, where a policy may show them rows whoever they are (also
 * by what it looks up elsewhere: `exists (select from events e where e.id = event_id and e.is_open)`), and where this one shows all rows of a table of which users see their own: there it rather shows too much; nor where the policy looks into what anon may not
 * read, and shows nothing.
 */
export function forAnonOnly(graph: SchemaGraph, policy: Policy): ForAnonOnly | undefined {
  const table = graph.get('table', policy.table);
  if (!policy.isPermissive || !policy.roles.some((each) => each === graph.global('role', 'anon')?.id)) return undefined;
  const [visitor] = policyAudience(graph, policy, ['anon']);
  const [user] = clientAccess(graph, table, ['authenticated']);
  if (!visitor?.commands.includes('select') || !user?.commands.includes('select')) return undefined;
  if (policiesFor(graph, table, 'select', user.role).includes(policy) || !hasSignedIn(graph)) return undefined;
  if (forbiddenRead(graph, policy, ['anon']) !== undefined) return undefined;
  const beside = admittingPolicies(graph, table, 'select', user);
  if (beside.length === 0) return { beside };
  const asksWhoCalls = beside.every((each) => {
    const clause = decidingClause(each, 'select');
    return clause !== null && asksInEveryWay(graph, clause);
  });
  return asksWhoCalls && !isAlwaysTrue(policy, 'select') ? { beside } : undefined;
}

/** Is a policy for authenticated, or does one ask for a user? */
const hasSignedIn = askedOnce((graph): boolean => {
  const users = graph.global('role', 'authenticated')?.id;
  return graph
    .ofKind('policy')
    .some(
      (each) =>
        each.roles.some((role) => role === users) ||
        clausesOf(each).some(({ expression }) => isClosedToSignedOut(graph, expression)),
    );
});
