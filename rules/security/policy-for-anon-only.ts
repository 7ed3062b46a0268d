import {
  andList,
  brief,
  defineRule,
  forAnonOnly,
  isUsersOwn,
  quoteIdentifier,
  relatedAt,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'policy-for-anon-only',
    category: 'security',
    severity: 'low',
    confidence: 'likely',
    recommended: true,
    summary: 'Rows that a policy shows to signed-out visitors are shown to nobody who has signed in.',
    why: 'Of the roles anon and authenticated neither is part of the other: a policy TO anon is none for whoever has a session. A page that visitors see is empty for users. It is found late, as whoever builds the page tries it signed out.',
    remedy:
      'Say TO anon, authenticated, or join its condition by OR with what the policy for authenticated asks. Where users are meant to see nothing there, revoke the privilege from authenticated.',
    scope: [
      'Not reported where nothing in the schema says that users sign in, nor a policy that shows all rows of a table of which users see their own: read-policy-always-true tells of that.',
      'What only visitors may write is mostly meant (a device without an account), and not reported.',
    ],
    messages: {
      shut: 'The policy {{policy}} shows rows of {{table}} to anon, and none shows any to authenticated: to whoever signs in {{table}} is empty.',
      own: 'The policy {{policy}} shows rows of {{table}} to anon alone, and for authenticated {{others}} who calls: whoever signs in no longer sees the rows that visitors see, but for their own.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#specify-roles-in-your-policies',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      if (!settings.clientRoles.includes('anon') || !settings.clientRoles.includes('authenticated')) return;
      const found = isUsersOwn(graph, policy) ? forAnonOnly(graph, policy) : undefined;
      if (found === undefined) return;
      const table = graph.get('table', policy.table);
      const { beside } = found;
      const names = andList(
        beside.map(({ name }) => quoteIdentifier(name)),
        2,
      );
      const data = { policy: quoteIdentifier(policy.name), table: brief(table.name) };
      const about = {
        entity: policy,
        related: beside
          .slice(0, 3)
          .flatMap((each) => relatedAt(each, `what ${quoteIdentifier(each.name)} shows is theirs`)),
      } as const;
      // Beside another policy for them it would be one more that each row is checked against.
      const fix = {
        title: 'Show users what visitors see',
        safety: 'review',
        sql: sql`alter policy ${policy.name} on ${table.name} to anon, authenticated;`,
      } as const;
      if (beside.length === 0) report({ ...about, message: 'shut', data, fix });
      else {
        const others = beside.length === 1 ? `the policy ${names} asks` : `the policies ${names} ask`;
        report({ ...about, message: 'own', data: { ...data, others } });
      }
    },
  },
});
