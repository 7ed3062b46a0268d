import {
  andList,
  bracketed,
  brief,
  clauseText,
  clientsOf,
  deedOnParent,
  defineRule,
  type EntityOf,
  type Fix,
  isAskedBefore,
  isNamedInBody,
  isToBeRedeemed,
  isTouch,
  ownerColumn,
  ownRowWrites,
  type ParentWrite,
  parentWrites,
  quoteIdentifier,
  raw,
  relatedAt,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'trigger-past-row-security',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A row that anybody may add makes a SECURITY DEFINER trigger change somebody else’s parent row.',
    why: 'A WITH CHECK of user_id = auth.uid() says who wrote the row, not which parent it names, and a foreign key accepts any parent there is. A trigger function that is SECURITY DEFINER then changes that parent with the rights of its owner, whom the parent’s policies do not hold: whoever knows a key changes or deletes a row that is not theirs.',
    remedy: 'Ask in WITH CHECK that the parent is the caller’s too, or compare its owner in the trigger function.',
    scope: [
      'Not reported: parents that others may read or change as well, functions that name the parent’s owner, decide by what they look up or raise an error, columns that another trigger or a restrictive policy looks at, and parents that are there to be redeemed (invitations, codes).',
    ],
    messages: {
      changes:
        'By the policy {{policy}} {{clients}} may add {{table}} rows with any {{column}}: that {{tied}} is theirs is enough. The trigger {{trigger}} then {{deed}} the {{parent}} row it names with the rights of the owner of {{function}}, although the policies of {{parent}} leave each row to its {{owner}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      if (policy.command !== 'insert' && policy.command !== 'all') return;
      const table = graph.get('table', policy.table);
      const done = parentWrites(graph, table).filter(({ parent }) => !isToBeRedeemed(parent));
      if (done.length === 0) return;
      for (const write of ownRowWrites(graph, policy, settings.clientRoles)) {
        if (write.command !== 'insert') continue;
        const found = done.flatMap((each) => {
          const owner = sharedOwner(graph, each, write.access, write.tied);
          const isFree = (column: Column) => write.leavesFree(column, each.function.id);
          const isAsked = each.asked.every((one) => write.tied.includes(one.id) || isFree(one));
          return owner !== undefined && isFree(each.column) && isAsked ? [{ ...each, owner }] : [];
        });
        const [first] = found;
        if (first === undefined) continue;
        report({
          entity: policy,
          message: 'changes',
          data: {
            policy: quoteIdentifier(policy.name),
            clients: clientsOf(write.access),
            table: brief(table.name),
            column: quoteIdentifier(first.column.name),
            tied: andList(write.tied.map((id) => quoteIdentifier(graph.get('column', id).name))),
            trigger: quoteIdentifier(first.trigger.name),
            deed: deedOnParent(first),
            parent: brief(first.parent.name),
            function: `${brief(first.function.name)}()`,
            owner: quoteIdentifier(first.owner.name),
          },
          ...(found.every((each) => isTouch(graph, each)) ? { severity: 'medium' } : {}),
          related: relatedAt(first.trigger, 'the trigger'),
          fix: () => fixFor(graph, policy, first, first.owner, write.isSole),
        });
        return;
      }
    },
  },
});

/**
 * The column that says whose the parent is, where the new row is tied to the caller by one of the same name: then the child is meant to have its
 * parent's owner.
 */
function sharedOwner(
  graph: SchemaGraph,
  write: ParentWrite,
  access: readonly { readonly role: Policy['roles'][number] }[],
  tied: readonly Column['id'][],
): Column | undefined {
  const { parent, column, function: called } = write;
  const owners = access.map(({ role }) => ownerColumn(graph, parent, role));
  const [owner] = owners;
  if (owner === undefined || owners.some((each) => each !== owner) || isNamedInBody(called, owner.name))
    return undefined;
  const isShared = tied.some((id) => id !== column.id && graph.get('column', id).name === owner.name);
  return isShared && !isAskedBefore(graph, write) ? owner : undefined;
}

function fixFor(
  graph: SchemaGraph,
  policy: Policy,
  { key, parent, column }: ParentWrite,
  owner: Column,
  isSole: boolean,
): Fix | undefined {
  const clause = policy.check ?? policy.using;
  const own = clause === null ? undefined : clauseText(graph, clause);
  const [referred] = key.referencedColumns;
  if (own === undefined || referred === undefined || !isSole) return undefined;
  const table = graph.get('table', policy.table);
  const asked = sql`exists (
    select 1 from ${parent.name} as parent
    where parent.${graph.get('column', referred).name} = ${table.name.name}.${column.name}
      and parent.${owner.name} = ${table.name.name}.${owner.name}
  )`;
  const added = column.notNull ? asked : sql`(${column.name} is null or ${raw(asked)})`;
  return {
    title: 'Ask that the parent is the caller’s too',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${table.name}
  with check (${raw(bracketed(own))} and ${raw(added)});`,
  };
}
