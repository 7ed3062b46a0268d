import {
  brief,
  clientsOf,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  type ForbiddenRead,
  failsByRecursion,
  forbiddenRead,
  isUsersOwn,
  mayMeetRows,
  quoteIdentifier,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'forbidden-policy-read',
    category: 'security',
    severity: 'high',
    summary: 'A policy looks into a table that those it is for may not read.',
    why: 'A policy reads with the rights of whoever runs the statement, and these are checked before the first row: each statement that meets the policy fails with 42501 (permission denied for table …), whatever other policies would let through. auth.users is such a table for every client.',
    remedy:
      "Ask the token instead, (select auth.jwt() ->> 'email'), or look things up in a SECURITY DEFINER function with a pinned search_path; or grant SELECT on the columns that are read, if the roles may see them.",
    scope: [
      'A role that is not signed in is reported where another policy of the table admits it, or this one is for it by name and asks for no user.',
    ],
    messages: {
      table:
        '{{clients}} cannot {{commands}} rows of {{table}}: the policy {{policy}} looks into {{relation}}, which they may not read, and each such statement fails with 42501.{{before}}',
      column:
        '{{clients}} cannot {{commands}} rows of {{table}}: the policy {{policy}} reads {{column}} of {{relation}}, which they may not, and each such statement fails with 42501.{{before}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const read = forbiddenRead(graph, policy, settings.clientRoles);
      if (read === undefined) return;
      const table = graph.get('table', policy.table);
      const data = {
        clients: clientsOf(read.access, true),
        commands: commandsText(read.access.flatMap(({ commands }) => commands)),
        table: brief(table.name),
        policy: quoteIdentifier(policy.name),
        relation: brief(read.relation.name),
        before: recursionText(graph, table, read),
      };
      const about = { entity: policy, fix: () => fixFor(graph, read) };
      if (read.column === null) report({ ...about, message: 'table', data });
      else report({ ...about, message: 'column', data: { ...data, column: quoteIdentifier(read.column.name) } });
    },
  },
});

/** A recursion is found before the rights are looked at. */
function recursionText(graph: SchemaGraph, table: EntityOf<'table'>, { access }: ForbiddenRead): string {
  const looping = access.flatMap(({ role, commands }) =>
    commands.filter((command) => failsByRecursion(graph, table, command, role)),
  );
  if (looping.length === 0) return '';
  const isEach = access.every(({ commands }) => commands.every((each) => looping.includes(each)));
  const which = isEach ? 'it ends' : `to ${commandsText(looping)} ends`;
  return ` Today ${which} in 42P17 before that, as policy-recursion says.`;
}

/** The right to read, where the rows stay under policies of their own, and these show the roles some. */
function fixFor(graph: SchemaGraph, { relation, column, access }: ForbiddenRead): Fix | undefined {
  if (relation.kind !== 'table' || !isUsersOwn(graph, relation) || !relation.rowSecurity) return undefined;
  const roles: readonly string[] = access.map(({ name }) => name);
  if (roles.includes('public') || !access.every((each) => mayMeetRows(graph, relation, 'select', each)))
    return undefined;
  const granted = grantOf(relation, column, roles);
  return { title: 'Let them read it: its own policies still say which rows', safety: 'review', sql: granted };
}

function grantOf(relation: EntityOf<'table'>, column: EntityOf<'column'> | null, roles: readonly string[]): string {
  return column === null
    ? sql`grant select on ${relation.name} to ${roles};`
    : sql`grant select (${column.name}) on ${relation.name} to ${roles};`;
}
