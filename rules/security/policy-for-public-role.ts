import {
  andList,
  brief,
  clausesOf,
  clientAccess,
  defineRule,
  type EntityOf,
  isClosedToClients,
  isForSignedIn,
  isForUnheldRole,
  isToBeMerged,
  isUsersOwn,
  policiesFor,
  provisionedBeside,
  quoteIdentifier,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'policy-for-public-role',
    category: 'security',
    severity: 'low',
    summary: 'A policy that can only admit signed-in users is for PUBLIC and evaluated for anon as well.',
    why: 'Without TO, and with TO public, a policy is for every role. For a signed-out request Postgres then evaluates it, subselects and all, only to find that it admits nothing: TO authenticated leaves it out at planning.',
    remedy:
      'Say TO authenticated. Policies that may admit a signed-out caller are left alone, and so are those that call functions of yours, unless their bodies say that nobody passes who is not signed in: has_role(auth.uid(), …), which looks for a row by NULL then. One finding for a table.',
    messages: {
      public:
        '{{policies}} of {{table}} {{are}} for PUBLIC, and so evaluated for anon too, whom {{they}} can never admit.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['pgrls:SEC003', 'supabase-rls-guard:RLS007'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#specify-roles-in-your-policies',
    ],
  },
  visit: {
    graph(graph, { settings, report }) {
      const anon = graph.global('role', 'anon');
      const authenticated = graph.global('role', 'authenticated');
      const service = graph.global('role', 'service_role');
      const isSupabase = settings.clientRoles.includes('anon') && settings.clientRoles.includes('authenticated');
      if (anon === undefined || authenticated === undefined || service === undefined || !isSupabase) return;
      const tables = new Set(graph.ofKind('policy').map((each) => each.table));
      for (const id of tables) {
        const table = graph.get('table', id);
        if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) continue;
        const [access] = clientAccess(graph, table, ['anon']);
        const policies = (access?.commands ?? []).flatMap((each) => policiesFor(graph, table, each, anon.id));
        const wide = graph
          .ownedBy(id, 'policy')
          .filter((each) => policies.includes(each) && isUsersOwn(graph, each) && isForSignedIn(graph, each))
          // Of a role that nobody has dead-policy tells.
          .filter((each) => settings.platform !== 'supabase' || !isForUnheldRole(graph, each))
          // That one is to go altogether, says insert-policy-on-provisioned-table.
          .filter((each) => provisionedBeside(graph, each, settings.clientRoles) === undefined);
        const [first] = wide;
        if (first === undefined) continue;
        const names = andList(
          wide.map(({ name }) => quoteIdentifier(name)),
          3,
        );
        const isOne = wide.length === 1;
        report({
          entity: first,
          message: 'public',
          data: {
            policies: `The ${isOne ? 'policy' : 'policies'} ${names}`,
            table: brief(table.name),
            are: isOne ? 'is' : 'are',
            they: isOne ? 'it' : 'they',
          },
          // What is merged says so itself, where each of them is for users alone; merged with a policy for all, it has to stay open to all.
          fix: () =>
            wide.some((each) => isToBeMerged(graph, each, settings.clientRoles))
              ? undefined
              : {
                  title: 'Name the roles they can admit',
                  safety: 'review',
                  sql: wide
                    .map((each) => sql`alter policy ${each.name} on ${table.name} to ${roleOf(graph, each)};`)
                    .join('\n'),
                },
        });
      }
    },
  },
});

/** What asks for the service role's token admits nobody else. */
function roleOf(graph: SchemaGraph, policy: Policy): string {
  return clausesOf(policy).every(({ expression }) => isClosedToClients(graph, expression))
    ? 'service_role'
    : 'authenticated';
}
