import {
  type BucketListing,
  bucketsAlikeText,
  defineRule,
  type Fix,
  listingsAlike,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'public-bucket-listing',
    category: 'security',
    severity: 'medium',
    summary: 'A policy lets clients list all objects of a bucket that is public, or may be.',
    why: 'An object of a public bucket is served to whoever has its URL, and no policy is asked. A SELECT policy on storage.objects that looks at the bucket alone adds one thing: the names of all objects can be asked for, those of other users and of what was never linked among them, and with the names come the URLs. Of a bucket that no migration makes nothing says whether it is public: if it is not, such a policy for anon is all that stands before its objects.',
    remedy:
      'Drop the policy: URLs go on working. Where clients list, move, remove or replace (upsert) objects, give them a policy for those of their own, such as (storage.foldername(name))[1] = auth.uid()::text. Where everybody may see the list, ignore it with the reason.',
    scope: [
      'Known are the buckets that the migrations add; what the dashboard added is read from a live database.',
      'Of other buckets only what anon may list is told: high where the name says that it holds what is personal (invoices, contracts), low where the name of the bucket or of the policy says that everybody is meant (avatars, assets).',
      'Policies that do the same for several buckets are one finding.',
    ],
    messages: {
      listed:
        '{{policies}} {{roles}} list every object of the public {{buckets}}: {{asks}} for the bucket alone, and to fetch an object by its URL nobody needs it.',
      unknown:
        '{{policies}} {{roles}} list every object of the {{buckets}}, and fetch each: {{asks}} for the bucket alone. No migration makes {{them}}: of a public bucket this gives away the names, of a private one all that is in it.',
    },
    restsOn: ['policies', 'rowSecurity', 'data'],
    equivalents: ['splinter:0025'],
    references: ['https://supabase.com/docs/guides/storage/buckets/fundamentals'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const alike = listingsAlike(graph, policy, settings.clientRoles);
      const [first] = alike;
      if (first?.policy !== policy) return;
      const buckets = [...new Set(alike.flatMap((each) => each.buckets))];
      const policies = alike.map((each) => each.policy);
      const { data, related } = bucketsAlikeText(policies, first.access, buckets);
      const fix = first.kind === 'public' ? dropped(graph, alike) : forSignedIn(graph, alike);
      const about = { entity: policy, related, ...(fix === undefined ? {} : { fix }) };
      if (first.kind === 'public') return report({ ...about, message: 'listed', data });
      const them = buckets.length === 1 ? 'it' : 'them';
      const severity = SEVERITIES_BY[first.holds];
      return report({ ...about, message: 'unknown', data: { ...data, them }, severity });
    },
  },
});

const SEVERITIES_BY = { personal: 'high', anything: 'medium', open: 'low' } as const;

function dropped(graph: SchemaGraph, alike: readonly BucketListing[]): Fix | undefined {
  if (alike.some(({ isNeeded }) => isNeeded)) return undefined;
  return {
    title: `Drop ${alike.length === 1 ? 'it' : 'them'}, if no client lists, moves, removes or replaces objects there`,
    safety: 'review',
    sql: alike
      .map(({ policy }) => sql`drop policy ${policy.name} on ${graph.get('table', policy.table).name};`)
      .join('\n'),
  };
}

/** Only where the policies are for them today: URLs of a public bucket go on working, and who is signed in sees what they saw. */
function forSignedIn(graph: SchemaGraph, alike: readonly BucketListing[]): Fix | undefined {
  if (alike.some(({ access }) => !access.some(({ name }) => name === 'authenticated'))) return undefined;
  return {
    title: 'Let only those who are signed in list and fetch the objects; URLs of a public bucket go on working',
    safety: 'review',
    sql: alike
      .map(
        ({ policy }) => sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name} to authenticated;`,
      )
      .join('\n'),
  };
}
