import {
  brief,
  clausesOf,
  defineRule,
  type EntityOf,
  type Fix,
  isRepeatable,
  policyAudience,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  userMetadataUses,
  withAppMetadata,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'policy-trusts-user-metadata',
    category: 'security',
    severity: 'critical',
    summary: 'A policy decides by user_metadata, which every user can change.',
    why: 'A signed-in user writes any value into their own user_metadata (auth.users.raw_user_meta_data) with one call of auth.updateUser, and the next token carries it. What it says of roles, teams or plans is what the user says.',
    remedy:
      'Keep roles and tenants in app_metadata (auth.users.raw_app_meta_data), which only the server writes, or in a table of your own with policies; fill it for existing users first.',
    messages: {
      policy: 'The policy {{policy}} of {{table}} decides by {{what}}, which every user can set for themselves.',
      function:
        'The policy {{policy}} of {{table}} decides by {{function}}(), which reads {{what}}: every user can set it for themselves.',
    },
    restsOn: ['policies', 'rowSecurity', 'functions'],
    equivalents: ['splinter:0015', 'supabase-rls-guard:RLS009', 'pgrls:SEC033'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#authjwt',
      'https://supabase.com/docs/guides/auth/managing-user-data',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const uses = clausesOf(policy).flatMap(({ expression }) => userMetadataUses(graph, expression));
      const [first] = uses;
      if (first === undefined || policyAudience(graph, policy, settings.clientRoles).length === 0) return;
      const table = brief(graph.get('table', policy.table).name);
      const data = {
        policy: quoteIdentifier(policy.name),
        table,
        what: first.what === 'user_metadata' ? 'user_metadata' : 'auth.users.raw_user_meta_data',
      };
      const { at, through } = first;
      const about = { entity: policy, ...(at === null ? {} : { origin: { from: 'statement', at } as const }) };
      if (through === null) report({ ...about, message: 'policy', data, fix: () => fixFor(policy, graph) });
      else report({ ...about, message: 'function', data: { ...data, function: brief(through.name) } });
    },
  },
});

/** The same question asked of what only the server writes. */
function fixFor(policy: EntityOf<'policy'>, graph: SchemaGraph): Fix | undefined {
  const written: string[] = [];
  for (const { name, expression } of clausesOf(policy)) {
    const uses = userMetadataUses(graph, expression);
    if (uses.length === 0) continue;
    if (!isRepeatable(graph, expression) || uses.some((each) => each.offset === null)) return undefined;
    const text = withAppMetadata(expression, uses);
    written.push(`${name.toLowerCase()} (${text})`);
  }
  return {
    title: 'Ask app_metadata instead: until the server has filled it there, nobody passes',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  ${raw(written.join('\n  '))};`,
  };
}
