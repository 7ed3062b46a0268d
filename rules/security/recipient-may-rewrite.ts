import {
  andList,
  brief,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  failsToday,
  hasRole,
  openPolicy,
  otherColumnsOnly,
  quoteIdentifier,
  type RewrittenRow,
  relatedAt,
  relationName,
  rewrittenRow,
  type SchemaGraph,
  type TypeClass,
  typeClass,
  writesTo,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'recipient-may-rewrite',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'Whoever gets a message or a request may change what it says, and it still says who wrote it.',
    why: 'A policy picks rows and no columns: UPDATE for the recipient, who is to mark a message as read or to answer a request, lets them change all of it. What the author said then reads otherwise for the author and for whoever settles a dispute, and where the column of the author is free as well, it stands in anybody’s name.',
    remedy:
      'Take UPDATE of the table from the clients and grant it on the columns that are the recipient’s (read_at, status), or put back the others in a BEFORE UPDATE trigger.',
    scope: [
      'Reported where each policy for INSERT asks that a column is the caller, and a policy for UPDATE asks for another user of the row, or for who belongs to its conversation.',
      'By the names of both columns it goes from one to the other (sender_id, receiver_id), or it holds words (message, comment) and the other is not there to work on it: assignees, agents and owners are not told of.',
      'Not reported either: rows that only their recipient reads, those that hold nothing but a status, columns that a grant, a WITH CHECK, a restrictive policy or a trigger may keep.',
    ],
    messages: {
      recipient:
        'By the policy {{policy}} {{clients}} who are in {{recipient}} may change {{columns}} of {{table}} rows{{state}} that another user wrote: {{author}} still says who, which the policy {{insert}} asks to be the caller.{{moved}}{{today}}',
      member:
        'By the policy {{policy}} {{clients}} who are in {{members}} for the {{places}} may change {{columns}} of {{table}} rows{{state}} that others wrote there: {{author}} still says who, which the policy {{insert}} asks to be the caller.{{moved}}{{today}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns', 'constraints'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createpolicy.html',
      'https://supabase.com/docs/guides/database/postgres/column-level-security',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      if (openPolicy(graph, policy, settings) !== undefined) return;
      const found = rewrittenRow(graph, policy, settings.clientRoles);
      if (found === undefined) return;
      const { access, author, insert, to, state, said, isAuthorFree } = found;
      const today = failsToday(graph, table, access, settings.clientRoles);
      const name = quoteIdentifier(author.name);
      const data = {
        policy: quoteIdentifier(policy.name),
        clients: clientsOf(access),
        columns: andList(
          said.map((each) => quoteIdentifier(each.name)),
          4,
        ),
        table: brief(table.name),
        state: state.length === 0 ? '' : ` for which ${andList(state.map(({ text }) => text.replace(/\s+/g, ' ')))}`,
        author: name,
        insert: quoteIdentifier(insert.name),
        moved: isAuthorFree ? ` They may set ${name} too, to somebody who never wrote it.` : '',
        today,
      };
      const about = {
        entity: policy,
        severity: today === '' ? ('high' as const) : ('medium' as const),
        related: relatedAt(insert, 'only the author adds such a row'),
        fix: () => marksOnly(graph, policy, found, settings.clientRoles),
      };
      if (to.kind === 'recipient')
        report({ ...about, message: 'recipient', data: { ...data, recipient: quoteIdentifier(to.column.name) } });
      else
        report({
          ...about,
          message: 'member',
          data: {
            ...data,
            members: andList(to.members.map((each) => relationName(graph, each))),
            places: andList(to.places.map((each) => quoteIdentifier(each.name))),
          },
        });
    },
  },
});

/**
 * UPDATE of the columns alone that are there for whoever gets the row, where nobody else changes rows and nothing does so with the rights of a client; not
 * where the table has others of which it cannot be told whose they are (reactions, pinned).
 */
function marksOnly(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  { access, isSole, said, marks }: RewrittenRow,
  clientRoles: readonly string[],
): Fix | undefined {
  const columns = graph.columns(policy.table);
  const isUnclear = (each: EntityOf<'column'>) =>
    !marks.includes(each) && !said.includes(each) && SHARED_TYPES.has(typeClass(graph, each.type));
  const isChangedAsClient = writesTo(graph, policy.table).some(
    ({ holder, write }) => write.kind === 'update' && !(holder.kind === 'function' && holder.security === 'definer'),
  );
  if (marks.length === 0 || isChangedAsClient || columns.some(isUnclear)) return undefined;
  const free = columns.filter((each) => !marks.includes(each) && !hasRole(graph, each, 'updated'));
  const fix = otherColumnsOnly(graph, policy, { command: 'update', access, isSole }, free, clientRoles);
  const names = andList(marks.map(({ name }) => quoteIdentifier(name)));
  return fix && { ...fix, title: `Let clients change ${names} only` };
}

const SHARED_TYPES: ReadonlySet<TypeClass | undefined> = new Set(['json', 'array', 'boolean']);
