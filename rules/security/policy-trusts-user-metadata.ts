import {
  andList,
  askingAppMetadata,
  brief,
  clausesOf,
  defineRule,
  type EntityOf,
  type Fix,
  failsToday,
  isRepeatable,
  metadataReads,
  policyAudience,
  policyOf,
  quoteIdentifier,
  quoteLiteral,
  raw,
  redefined,
  relatedAt,
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
      'Keep roles and tenants in app_metadata (auth.users.raw_app_meta_data), which only the server writes, or in a table of your own with policies; fill it first, for the users you know: a copy of user_metadata copies what they gave themselves. Where policies ask a function that reads it, that is one finding.',
    messages: {
      policy:
        'The policy {{policy}} of {{table}} decides by {{what}}, which every user can set for themselves.{{today}}',
      function:
        '{{function}} reads {{what}}, which every user can set for themselves, and {{policies}} {{decide}} by it.{{today}}',
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
      const first = uses.find(({ through }) => through === null);
      const access = policyAudience(graph, policy, settings.clientRoles);
      if (first === undefined || access.length === 0) return;
      const table = graph.get('table', policy.table);
      const today = failsToday(graph, table, access, settings.clientRoles);
      report({
        entity: policy,
        ...(first.at === null ? {} : { origin: { from: 'statement', at: first.at } as const }),
        message: 'policy',
        data: { policy: quoteIdentifier(policy.name), table: brief(table.name), what: NAMES[first.what], today },
        ...(today === '' ? {} : { severity: 'high' as const }),
        fix: () => fixFor(policy, graph),
      });
    },
    function(routine, { graph, settings, texts, report }) {
      const reads = metadataReads(graph, routine);
      const [first] = reads;
      if (first === undefined) return;
      const asking = policiesAsking(graph, routine, settings.clientRoles);
      if (asking.length === 0) return;
      const notes = asking.map(({ table, access }) => failsToday(graph, table, access, settings.clientRoles));
      const isFailing = notes.every((each) => each !== '');
      report({
        entity: routine,
        ...(first.at === null ? {} : { origin: { from: 'statement', at: first.at } as const }),
        related: asking.flatMap(({ policy }) => relatedAt(policy, `the policy ${quoteIdentifier(policy.name)}`)),
        message: 'function',
        data: {
          function: `${brief(routine.name)}()`,
          what: NAMES[first.what],
          policies: andList(
            asking.map(({ policy }) => policyOf(graph, policy)),
            3,
          ),
          decide: asking.length === 1 ? 'decides' : 'decide',
          today: isFailing ? (notes[0] ?? '') : '',
        },
        ...(isFailing ? { severity: 'high' as const } : {}),
        fix: () => {
          const asking = askingAppMetadata(routine, reads, texts);
          const written = asking && redefined(graph, routine, texts, asking);
          return written === undefined ? undefined : { ...ASKING, sql: `${fillingNote(first.key)}\n${written}` };
        },
      });
    },
  },
});

const NAMES = { user_metadata: 'user_metadata', raw_user_meta_data: 'auth.users.raw_user_meta_data' } as const;

/** The policies that let clients do something and decide by what the function says. */
function policiesAsking(graph: SchemaGraph, { id }: EntityOf<'function'>, clientRoles: readonly string[]) {
  return [...graph.ofKind('policy')].flatMap((policy) => {
    const isAsking = clausesOf(policy).some(({ expression }) =>
      userMetadataUses(graph, expression).some(({ through }) => through?.id === id),
    );
    const access = isAsking ? policyAudience(graph, policy, clientRoles) : [];
    return access.length === 0 ? [] : [{ policy, table: graph.get('table', policy.table), access }];
  });
}

const ASKING = {
  title: 'Ask app_metadata instead: until the server has filled it there, nobody passes',
  safety: 'review',
} as const;

/** What has to come before. What is copied from user_metadata is what users gave themselves. */
function fillingNote(key: string | null): string {
  const field = key === null ? '{…}' : JSON.stringify({ [key]: '…' });
  return [
    '-- First, for the users you know to have it. Do not copy raw_user_meta_data: users may have written into it what they liked.',
    `-- update auth.users set raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || ${quoteLiteral(field)} where id = '…';`,
  ].join('\n');
}

/** The same question asked of what only the server writes. */
function fixFor(policy: EntityOf<'policy'>, graph: SchemaGraph): Fix | undefined {
  const written: string[] = [];
  const keys = new Set<string | null>();
  for (const { name, expression } of clausesOf(policy)) {
    const uses = userMetadataUses(graph, expression);
    if (uses.length === 0) continue;
    if (!isRepeatable(graph, expression) || uses.some((each) => each.offset === null)) return undefined;
    for (const { key } of uses) keys.add(key);
    const text = withAppMetadata(expression, uses);
    written.push(`${name.toLowerCase()} (${text})`);
  }
  const [key = null] = keys.size === 1 ? keys : [];
  const altered = sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  ${raw(written.join('\n  '))};`;
  return { ...ASKING, sql: `${fillingNote(key)}\n${altered}` };
}
