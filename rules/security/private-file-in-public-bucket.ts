import {
  andList,
  anyNode,
  asksCaller,
  brief,
  bucketsAlone,
  type ClientAccess,
  clientsOf,
  constantOf,
  defineRule,
  type EntityOf,
  type Fix,
  isStorageObjects,
  openToRoles,
  policyAudience,
  privateFiles,
  quoteIdentifier,
  quoteLiteral,
  raw,
  relatedAt,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'private-file-in-public-bucket',
    category: 'security',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A public bucket is named for files of a table that shows its rows to their owners alone.',
    why: 'An object of a public bucket is served to whoever has its URL, signed in or not, and no policy is asked. Row security on the table hides the URL and not the file: it stays readable for whoever once got the URL, from a log, a history or an e-mail, or who can guess it.',
    remedy:
      'Make the bucket private, give the owners a SELECT policy on storage.objects for what is theirs, such as (storage.foldername(name))[1] = auth.uid()::text, keep paths in the place of public URLs, and have the app ask for signed ones (createSignedUrl).',
    scope: [
      'High where a policy lets clients list the objects of the bucket too.',
      'Known are the buckets that the migrations add; which files a bucket keeps is told by its name, that of the table and that of the column.',
      'Not reported: pictures that are there to be seen (avatars, logos, photos, covers), buckets that may be for a table of which everybody reads rows (`is_public or owner_id = auth.uid()`), and tables for which there may be another bucket.',
    ],
    messages: {
      unlisted:
        'The bucket {{bucket}} is public: whoever has the URL of a file reads it, and no policy is asked, while the {{table}} rows that say where the files are ({{columns}}) are for their owners alone: the policy {{policy}} compares {{owners}} with the caller.',
      listed:
        'The bucket {{bucket}} is public, and the policy {{listing}} lets {{roles}} list its files: they read all of them, while the {{table}} rows that say where the files are ({{columns}}) are for their owners alone: the policy {{policy}} compares {{owners}} with the caller.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'data'],
    references: ['https://supabase.com/docs/guides/storage/buckets/fundamentals'],
  },
  visit: {
    bucket(bucket, { graph, settings, report }) {
      if (bucket.isPublic !== true) return;
      const [files, ...others] = privateFiles(graph, bucket, settings.clientRoles);
      if (files === undefined) return;
      const listing = listingOf(graph, bucket, settings.clientRoles);
      const data = {
        bucket: quoteIdentifier(bucket.name),
        table: brief(files.table.name),
        columns: namesOf(files.columns),
        policy: quoteIdentifier(files.policy.name),
        owners: namesOf(files.owners),
      };
      const places = [
        ...[files, ...others].flatMap(({ table, policy }) =>
          relatedAt(policy, `shows ${brief(table.name)} rows to their owners`),
        ),
        ...(listing === undefined ? [] : relatedAt(listing.policy, 'lets clients list the files')),
      ];
      const about = {
        entity: bucket,
        origin: bucket.setBy.isPublic ?? bucket.origin,
        related: places,
      };
      if (listing === undefined) report({ ...about, message: 'unlisted', data, fix: () => fixFor(graph, bucket) });
      else
        report({
          ...about,
          message: 'listed',
          severity: 'high',
          data: { ...data, listing: quoteIdentifier(listing.policy.name), roles: clientsOf(listing.access) },
        });
    },
  },
});

function namesOf(columns: readonly EntityOf<'column'>[]): string {
  return andList(
    columns.map(({ name }) => quoteIdentifier(name)),
    3,
  );
}

/** Only where a policy lets the owners read what is theirs without the bucket being public. */
function fixFor(graph: SchemaGraph, bucket: EntityOf<'bucket'>): Fix | undefined {
  const isReadByOwners = [...graph.ofKind('policy')].some(({ table, command, isPermissive, using }) => {
    const objects = graph.find(table);
    const isReading = isPermissive && (command === 'select' || command === 'all');
    if (objects?.kind !== 'table' || !isStorageObjects(objects) || !isReading || using === null) return false;
    return anyNode(using.tree, (node) => constantOf(node) === bucket.name) && asksCaller(graph, using.tree, using);
  });
  if (!isReadByOwners) return undefined;
  return {
    title: 'Make the bucket private: public URLs stop working, and the app asks for signed ones',
    safety: 'review',
    sql: sql`update storage.buckets set public = false where id = ${raw(quoteLiteral(bucket.name))};`,
  };
}

interface Listing {
  readonly policy: EntityOf<'policy'>;
  readonly access: readonly ClientAccess[];
}

/** The policy of storage.objects by which clients see each object of the bucket. */
function listingOf(
  graph: SchemaGraph,
  bucket: EntityOf<'bucket'>,
  clientRoles: readonly string[],
): Listing | undefined {
  for (const policy of graph.ofKind('policy')) {
    const objects = graph.find(policy.table);
    if (objects?.kind !== 'table' || !isStorageObjects(objects) || !policy.isPermissive || policy.using === null)
      continue;
    const isOfBucket = bucketsAlone(graph, policy.using, objects)?.includes(bucket.name) === true;
    const access = isOfBucket
      ? policyAudience(graph, policy, clientRoles).filter(({ commands }) => commands.includes('select'))
      : openToRoles(graph, policy, ['select'], clientRoles);
    if (access.length > 0) return { policy, access };
  }
  return undefined;
}
