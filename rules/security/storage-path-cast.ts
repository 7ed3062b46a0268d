import {
  andList,
  clientsOf,
  defineRule,
  isStorageObjects,
  orList,
  pathCasts,
  quoteIdentifier,
  raw,
  relatedAt,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'storage-path-cast',
    category: 'security',
    severity: 'medium',
    confidence: 'likely',
    summary: 'A policy on storage.objects casts the path before it asks for the bucket.',
    why: 'The policies for one command are connected by OR, and within one of them AND is worked out from left to right: the cast meets the objects of other buckets too. One object whose folder is no uuid, and each query that comes to it fails with 22P02, for everybody and although another policy shows it.',
    remedy:
      'Compare as text, and ask for the bucket first: bucket_id = … and (storage.foldername(name))[1] = (select auth.uid())::text.',
    scope: [
      'Reported where a policy behind it shows another bucket to the same clients: policies are asked in the reverse order of their names, so that one in front, which lets the object through, hides the error until somebody renames it.',
    ],
    messages: {
      cast: '{{policies}} {{cast}} a folder of the path to {{type}} before asking for the bucket: as soon as one object of {{buckets}} stands in a folder that is none, each query of {{clients}} that comes to it fails (22P02).',
    },
    restsOn: ['policies', 'privileges'],
    references: [
      'https://supabase.com/docs/guides/storage/schema/helper-functions',
      'https://www.postgresql.org/docs/current/sql-expressions.html#SYNTAX-EXPRESS-EVAL',
    ],
  },
  visit: {
    graph(graph, { settings, report }) {
      const table = [...graph.ofKind('table')].find(isStorageObjects);
      if (table === undefined) return;
      const casts = [...pathCasts(graph, table, settings.clientRoles)].sort((a, b) =>
        a.policy.name < b.policy.name ? -1 : 1,
      );
      const [first, ...more] = casts;
      if (first === undefined) return;
      const fixes = casts.flatMap(({ policy, asText }) =>
        asText === null ? [] : [sql`alter policy ${policy.name} on ${table.name}\n  using (${raw(asText)});`],
      );
      report({
        entity: first.policy,
        message: 'cast',
        data: {
          policies: `${casts.length === 1 ? 'The policy' : 'The policies'} ${andList(
            casts.map(({ policy }) => quoteIdentifier(policy.name)),
            3,
          )}`,
          cast: casts.length === 1 ? 'casts' : 'cast',
          type: andList([...new Set(casts.map(({ type }) => type))]),
          buckets: orList([...new Set(casts.flatMap(({ met }) => met))].map(quoteIdentifier)),
          clients: clientsOf(first.access),
        },
        related: more.flatMap(({ policy }) => relatedAt(policy, 'another')),
        ...(fixes.length < casts.length
          ? {}
          : { fix: { title: 'Compare as text, after the bucket', safety: 'review', sql: fixes.join('\n') } as const }),
      });
    },
  },
});
