import {
  admitsNothing,
  andList,
  asksCaller,
  type BoundExpression,
  bracketed,
  callerComparisons,
  clausesOf,
  clauseText,
  clientsOf,
  commandsText,
  conditionsOf,
  defineRule,
  type EntityId,
  type EntityOf,
  type Fix,
  isOpenToSignedIn,
  isStorageObjects,
  openTo,
  policiesFor,
  policyAudience,
  quoteIdentifier,
  quoteLiteral,
  ROW_COMMANDS,
  type RowCommand,
  raw,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'storage-policy-without-bucket',
    category: 'security',
    severity: 'medium',
    summary: 'A policy on storage.objects is not limited to a bucket.',
    why: 'All buckets share the table storage.objects. A policy that does not look at bucket_id holds for each of them, also for those that are made later with other rules in mind.',
    remedy: "Begin the condition with bucket_id = '…'.",
    scope: [
      'Policies that ask for a role of the caller and for nothing of the object are taken to be meant for all buckets.',
      'What is always true is reported by read-policy-always-true and write-policy-always-true.',
    ],
    messages: {
      unlimited:
        'The policy {{policy}} lets {{roles}} {{commands}} {{objects}} in {{buckets}}: its {{clauses}} {{do}} not look at bucket_id.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['pgrls:SEC050'],
    references: ['https://supabase.com/docs/guides/storage/security/access-control'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      if (!isStorageObjects(table) || !policy.isPermissive) return;
      const bucket = graph.column(table.id, 'bucket_id');
      if (bucket === undefined || openTo(graph, policy, ROW_COMMANDS, settings.clientRoles).length > 0) return;
      const open = clausesOf(policy).filter(({ expression }) => isUnlimited(graph, expression, table.id, bucket.id));
      if (open.length === 0) return;
      const names = new Set(open.map(({ name }) => name));
      const access = policyAudience(graph, policy, settings.clientRoles).flatMap(({ name, role, commands }) => {
        const met = commands.filter((command) => {
          if (admitsNothing(policy, command) || !clausesFor(policy, command).some((each) => names.has(each)))
            return false;
          const policies = policiesFor(graph, table, command, role);
          return !policies.some((each) => !each.isPermissive && mentions(each, bucket.id));
        });
        return met.length === 0 ? [] : [{ name, commands: met }];
      });
      if (access.length === 0) return;
      const commands = new Set<RowCommand>(access.flatMap((each) => each.commands));
      const buckets = [...graph.ofKind('bucket')];
      report({
        entity: policy,
        message: 'unlimited',
        data: {
          policy: quoteIdentifier(policy.name),
          roles: clientsOf(access),
          commands: commandsText(commands),
          objects: open.every(({ expression }) => isForOwners(graph, expression, table.id))
            ? 'objects of their own'
            : 'objects',
          buckets:
            buckets.length < 2
              ? 'every bucket'
              : `every bucket (${andList(
                  buckets.map(({ name }) => quoteIdentifier(name)),
                  3,
                )})`,
          clauses: andList([...names]),
          do: names.size === 1 ? 'does' : 'do',
        },
        fix: () =>
          buckets.length === 1 && buckets[0] !== undefined ? fixFor(graph, policy, open, buckets[0].name) : undefined,
      });
    },
  },
});

function clausesFor({ check }: Policy, command: RowCommand): readonly ('USING' | 'WITH CHECK')[] {
  const written = check === null ? 'USING' : 'WITH CHECK';
  if (command === 'insert') return [written];
  return command === 'update' ? ['USING', written] : ['USING'];
}

/** It looks at the object but not at its bucket, or lets everyone pass who is signed in. */
function isUnlimited(graph: SchemaGraph, expression: BoundExpression, table: EntityId, bucket: EntityId): boolean {
  if (expression.references.some(({ target }) => target === bucket)) return false;
  const looksAtObject = expression.references.some(({ relation, isOuter }) => isOuter && relation === table);
  return looksAtObject || isOpenToSignedIn(expression) || !asksCaller(graph, expression.tree, expression);
}

/** Does it ask, besides all else it asks, that the object is the caller's own? */
function isForOwners(graph: SchemaGraph, expression: BoundExpression, objects: EntityId): boolean {
  const columns = ['owner', 'owner_id'].flatMap((name) => graph.column(objects, name)?.id ?? []);
  return conditionsOf(expression).some((each) =>
    callerComparisons(graph, each).some(({ column, via }) => via === 'value' && columns.includes(column)),
  );
}

function mentions(policy: Policy, column: EntityId): boolean {
  return clausesOf(policy).some(({ expression }) => expression.references.some(({ target }) => target === column));
}

function fixFor(
  graph: SchemaGraph,
  policy: Policy,
  clauses: ReturnType<typeof clausesOf>,
  bucket: string,
): Fix | undefined {
  const limit = `bucket_id = ${quoteLiteral(bucket)}`;
  const written = clauses.flatMap(({ name, expression }) => {
    const text = clauseText(graph, expression);
    return text === undefined ? [] : [`${name.toLowerCase()} (${limit} and ${bracketed(text)})`];
  });
  if (written.length < clauses.length) return undefined;
  return {
    title: `Limit it to ${quoteLiteral(bucket)}, the one bucket that is known`,
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  ${raw(written.join('\n  '))};`,
  };
}
