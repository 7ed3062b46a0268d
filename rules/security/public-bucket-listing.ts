import {
  anyNode,
  bucketsAlone,
  bucketsText,
  clientsOf,
  constantOf,
  defineRule,
  type EntityOf,
  isStorageObjects,
  policyAudience,
  quoteIdentifier,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'public-bucket-listing',
    category: 'security',
    severity: 'medium',
    summary: 'A policy lets clients list all objects of a public bucket.',
    why: 'An object of a public bucket is served to whoever has its URL, and no policy is asked. A SELECT policy on storage.objects that looks at the bucket alone adds one thing: the names of all objects can be asked for, those of other users and of what was never linked among them, and with the names come the URLs.',
    remedy:
      'Drop the policy: URLs go on working. Where clients list, move, remove or replace (upsert) objects, give them a policy for those of their own, such as (storage.foldername(name))[1] = auth.uid()::text. Where everybody may see the list, ignore it with the reason. Known are the buckets that the migrations add; what the dashboard added is read from a live database.',
    messages: {
      listed:
        'The policy {{policy}} lets {{roles}} list every object of the public {{buckets}}: it asks for the bucket alone, and to fetch an object by its URL nobody needs it.',
    },
    restsOn: ['policies', 'rowSecurity', 'data'],
    equivalents: ['splinter:0025'],
    references: ['https://supabase.com/docs/guides/storage/buckets/fundamentals'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      if (!isStorageObjects(table) || !policy.isPermissive || policy.using === null) return;
      const named = bucketsAlone(graph, policy.using, table);
      const buckets = graph.ofKind('bucket').filter(({ name }) => named?.includes(name));
      const listed = buckets.filter(({ isPublic }) => isPublic === true);
      if (named === undefined || listed.length === 0) return;
      const access = policyAudience(graph, policy, settings.clientRoles).filter(({ commands }) =>
        commands.includes('select'),
      );
      if (access.length === 0) return;
      const isAll = listed.length === named.length;
      report({
        entity: policy,
        message: 'listed',
        data: {
          policy: quoteIdentifier(policy.name),
          roles: clientsOf(access),
          buckets: bucketsText(listed.map(({ name }) => name)),
        },
        ...(isAll && policy.command === 'select' && !listed.some((each) => isChangedByClients(graph, policy, each.name))
          ? {
              fix: {
                title: 'Drop it, if no client lists, moves, removes or replaces objects there',
                safety: 'review',
                sql: sql`drop policy ${policy.name} on ${table.name};`,
              },
            }
          : {}),
      });
    },
  },
});

/** Does a policy let clients change or remove objects of the bucket? Those have to be seen for that. */
function isChangedByClients(graph: SchemaGraph, listing: EntityOf<'policy'>, bucket: string): boolean {
  return graph.ownedBy(listing.table, 'policy').some(({ id, command, isPermissive, using }) => {
    if (id === listing.id || !isPermissive || using === null || command === 'select' || command === 'insert')
      return false;
    return anyNode(using.tree, (node) => constantOf(node) === bucket);
  });
}
