import {
  andList,
  brief,
  bypassesRowSecurity,
  type ClientAccess,
  clientAccess,
  clientsOf,
  comesFromDefaults,
  commandsText,
  defineRule,
  type EntityOf,
  isLeftToDefaults,
  isNamedWithCallersRights,
  mayMeetRows,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'rls-without-policies',
    category: 'security',
    severity: 'low',
    summary: 'A table has row security on and no policy.',
    why: 'Without a policy nothing passes: only the owner and roles that bypass row security (service_role and postgres on Supabase) meet rows, everyone else an empty table, and no error says why.',
    remedy:
      'Write the policies, or leave it at that where only the server uses the table; then take away the grants as well, so that a client gets an error and not an empty answer: a table on which no role that row security holds for has a privilege is not reported. There is no such fix where policies of other tables, functions or views name the table with the caller’s rights, or a foreign key joins it to one that clients read: a request that embeds it there finds nothing now, and would end in an error then. It is medium where client roles were granted more on it than default privileges give.',
    messages: {
      granted:
        '{{roles}} may {{commands}} rows of {{table}} by {{by}}, but its row security has no policy: they meet an empty table.',
      closed:
        'Row security of {{table}} is on without a policy: {{roles}} may use it by grants, and only roles that bypass row security meet rows.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['splinter:0008'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    table(table, { graph, settings, statements, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity') || table.persistence === 'temporary') return;
      if (graph.ownedBy(table.id, 'policy').length > 0 || isGuardedChild(graph, table)) return;
      const about = {
        entity: table,
        ...(table.setBy.rowSecurity === undefined ? {} : { origin: table.setBy.rowSecurity }),
      };
      const access = clientAccess(graph, table, settings.clientRoles);
      const data = { table: brief(table.name) };
      if (access.length === 0) {
        const roles = otherGrantees(graph, table, settings.clientRoles);
        if (roles.length > 0) report({ ...about, message: 'closed', data: { ...data, roles: andList(roles, 3) } });
      } else {
        const fix = {
          title: 'Take away what clients cannot use (or write the policies)',
          safety: 'review',
          sql: revoking(table, access),
        } as const;
        // Default privileges open every table: nobody has decided it for this one.
        const isByDefault = isLeftToDefaults(graph, statements, table, access);
        const roles = clientsOf(access).replace(/^e/, 'E');
        report({
          ...about,
          message: 'granted',
          data: {
            ...data,
            roles,
            by: comesFromDefaults(graph, statements, table, access) ? 'default privileges' : 'grants',
            commands: commandsOf(access),
          },
          severity: isByDefault ? 'low' : 'medium',
          ...(isNamedWithCallersRights(graph, table.id) || isEmbeddable(graph, table, settings) ? {} : { fix }),
        });
      }
    },
  },
});

/** Does a foreign key, of this table or of another, let requests for what clients read embed it (PostgREST's resource embedding)? */
function isEmbeddable(
  graph: SchemaGraph,
  table: Table,
  {
    clientRoles,
    exposedSchemas,
  }: { readonly clientRoles: readonly string[]; readonly exposedSchemas: readonly string[] },
): boolean {
  if (!exposedSchemas.includes(table.name.schema)) return false;
  const keys = [...graph.ownedBy(table.id, 'foreignKey'), ...graph.referencedBy(table.id)];
  return keys.some((key) => {
    const [other] = [key.table, key.referencedTable].filter((each) => each !== table.id);
    const joined = other === undefined ? undefined : graph.find(other);
    if (joined?.kind !== 'table' || !exposedSchemas.includes(joined.name.schema)) return false;
    return clientAccess(graph, joined, clientRoles).some(
      (each) => each.commands.includes('select') && mayMeetRows(graph, joined, 'select', each),
    );
  });
}

/** Roles that were granted something on the table to meet its rows by, and cannot: they are no clients of the API. */
function otherGrantees(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly string[] {
  const acls = [table.acl, ...graph.columns(table.id).map(({ acl }) => acl)];
  const roles = new Set(acls.flat().map(({ grantee }) => grantee));
  return [...roles].flatMap((role) => {
    if (role === 'public' || role === table.owner || bypassesRowSecurity(graph, role)) return [];
    const { name } = graph.get('role', role);
    return clientRoles.includes(name) ? [] : [quoteIdentifier(name)];
  });
}

/** Rows are reached through the parent, whose policies decide; on the child itself row security is there to close it. */
function isGuardedChild(graph: SchemaGraph, table: Table): boolean {
  const parents = [...table.inherits, ...(table.partitionOf === null ? [] : [table.partitionOf])];
  return parents.some((id) => {
    const parent = graph.find(id);
    return parent?.kind === 'table' && (parent.rowSecurity || isGuardedChild(graph, parent));
  });
}

function commandsOf(access: readonly ClientAccess[]): string {
  const all = new Set(access.flatMap(({ commands }) => commands));
  return commandsText(all);
}

function revoking(table: Table, access: readonly ClientAccess[]): string {
  const roles = access.map(({ name }) => (name === 'public' ? raw('public') : name));
  return sql`revoke all on ${table.name} from ${roles};`;
}
