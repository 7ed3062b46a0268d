import {
  andList,
  brief,
  clausesOf,
  clientAccess,
  counted,
  defineRule,
  type EntityId,
  type EntityOf,
  type Fix,
  type Habit,
  habitsOf,
  isClosedToClients,
  isForSignedIn,
  isForUnheldRole,
  isToBeMerged,
  isUsersOwn,
  ofSchema,
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
      'Say TO authenticated. Policies that may admit a signed-out caller are left alone, and so are those that call functions of yours, unless their bodies say that nobody passes who is not signed in: has_role(auth.uid(), …), which looks for a row by NULL then.',
    scope: [
      'One finding for a table, and one for a schema where many tables have such policies; `"habit": 0` shows each table.',
    ],
    messages: {
      public:
        '{{policies}} of {{table}} {{are}} for PUBLIC, and so evaluated for anon too, whom {{they}} can never admit.',
      habit:
        '{{policies}} of {{tables}} of {{schema}} are for PUBLIC, and so evaluated for anon too, whom they can never admit. The tables are {{names}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['pgrls:SEC003', 'supabase-rls-guard:RLS007'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#specify-roles-in-your-policies',
    ],
    optionDocs: {
      habit: 'So many tables of a schema with such policies are one finding, with the fixes of all; 0 tells of each.',
    },
  },
  defaults: { habit: 8 },
  visit: {
    graph(graph, { options, settings, isApart, report }) {
      const anon = graph.global('role', 'anon');
      const authenticated = graph.global('role', 'authenticated');
      const service = graph.global('role', 'service_role');
      const isSupabase = settings.clientRoles.includes('anon') && settings.clientRoles.includes('authenticated');
      if (anon === undefined || authenticated === undefined || service === undefined || !isSupabase) return;
      const tables = new Set(graph.ofKind('policy').map((each) => each.table));
      const told = [...tables].flatMap((id) => wideOf(id) ?? []);
      const { alone, habits } = habitsOf(told, options.habit, ({ table, policies }) =>
        policies.some((each) => isApart(each))
          ? undefined
          : `${isMerged(policies) ? 'merged' : 'kept'} ${table.name.schema}`,
      );
      for (const each of alone) {
        const { table, policies } = each;
        const names = andList(
          policies.map(({ name }) => quoteIdentifier(name)),
          3,
        );
        const isOne = policies.length === 1;
        report({
          entity: policies[0],
          message: 'public',
          data: {
            policies: `The ${isOne ? 'policy' : 'policies'} ${names}`,
            table: brief(table.name),
            are: isOne ? 'is' : 'are',
            they: isOne ? 'it' : 'they',
          },
          fix: () => fixOf(each),
        });
      }
      for (const all of habits) tellTogether(all);

      function tellTogether(all: Habit<Wide>): void {
        const { schema } = all[0].table.name;
        const count = all.reduce((sum, { policies }) => sum + policies.length, 0);
        report({
          ...ofSchema(graph, schema, all, ({ table, policies }) => ({
            of: policies[0],
            note: `${counted(policies.length, 'policy', 'policies')} of ${brief(table.name)}`,
          })),
          message: 'habit',
          ...(isMerged(all[0].policies) ? { discriminator: 'merged' } : {}),
          data: {
            policies: counted(count, 'policy', 'policies'),
            tables: counted(all.length, 'table'),
            schema: quoteIdentifier(schema),
            names: andList(
              all.map(({ table }) => brief(table.name)),
              SHOWN,
            ),
          },
          fixes: all.map((each) => ({ of: each.policies[0], fix: () => fixOf(each) })),
        });
      }

      function wideOf(id: EntityId): Wide | undefined {
        const table = graph.get('table', id);
        if (anon === undefined || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return undefined;
        const [access] = clientAccess(graph, table, ['anon']);
        const asked = (access?.commands ?? []).flatMap((each) => policiesFor(graph, table, each, anon.id));
        const [first, ...others] = graph
          .ownedBy(id, 'policy')
          .filter((each) => asked.includes(each) && isUsersOwn(graph, each) && isForSignedIn(graph, each))
          // Of a role that nobody has dead-policy tells.
          .filter((each) => settings.platform !== 'supabase' || !isForUnheldRole(graph, each))
          // That one is to go altogether, says insert-policy-on-provisioned-table.
          .filter((each) => provisionedBeside(graph, each, settings.clientRoles) === undefined);
        return first === undefined ? undefined : { table, policies: [first, ...others] };
      }

      function isMerged(policies: readonly Policy[]): boolean {
        return policies.some((each) => isToBeMerged(graph, each, settings.clientRoles));
      }

      /** What is merged says so itself, where each of them is for users alone; merged with a policy for all, it has to stay open to all. */
      function fixOf({ table, policies }: Wide): Fix | undefined {
        if (isMerged(policies)) return undefined;
        return {
          title: 'Name the roles they can admit',
          safety: 'review',
          sql: policies
            .map((each) => sql`alter policy ${each.name} on ${table.name} to ${roleOf(graph, each)};`)
            .join('\n'),
        };
      }
    },
  },
});

/** Policies of a table that are for more roles than they can admit. */
interface Wide {
  readonly table: EntityOf<'table'>;
  readonly policies: readonly [Policy, ...Policy[]];
}

const SHOWN = 8;

/** What asks for the service role's token admits nobody else. */
function roleOf(graph: SchemaGraph, policy: Policy): string {
  return clausesOf(policy).every(({ expression }) => isClosedToClients(graph, expression))
    ? 'service_role'
    : 'authenticated';
}
