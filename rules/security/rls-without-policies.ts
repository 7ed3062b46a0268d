import {
  andList,
  brief,
  bypassesRowSecurity,
  type Change,
  type ClientAccess,
  clientAccess,
  clientsMeetingRows,
  clientsOf,
  comesFromDefaults,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  groupedBy,
  isLeftToDefaults,
  isNamedWithCallersRights,
  isOfFrozenCopy,
  isUsersOwn,
  lostPolicies,
  type Origin,
  quoteIdentifier,
  type RelatedPlace,
  raw,
  relatedAt,
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
      'Write the policies, or leave it at that where only the server uses the table; then take away the grants as well, so that a client gets an error and not an empty answer: a table on which no role that row security holds for has a privilege is not reported.',
    scope: [
      'No fix that takes the grants away is given where policies of other tables, functions or views name the table with the caller’s rights, or a foreign key joins it to one that clients read: a request that embeds it there finds nothing now, and would end in an error then.',
      'Half of the tables or more, of which nobody has decided who may use them, are one finding.',
      'Where lost-policy runs and tells of a CASCADE that took the policies of a table, this is left out.',
      'A copy that is only kept, named a backup, snapshot or archive of a day or a year, is to be closed.',
      'It is medium where client roles were granted more on it than default privileges give.',
    ],
    messages: {
      granted:
        '{{roles}} may {{commands}} rows of {{table}} by {{by}}, but its row security has no policy: they meet an empty table.',
      habit:
        '{{count}} of {{all}} tables have row security on and no policy: {{names}}. {{roles}} may {{commands}} rows of each by {{by}}, and meet empty tables.',
      closed:
        'Row security of {{table}} is on without a policy: {{roles}} may use it by grants, and only roles that bypass row security meet rows.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['splinter:0008'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
    optionDocs: {
      habit:
        'So many tables that only default privileges open are one finding, if they are half of all; 0 tells of each by itself.',
    },
  },
  defaults: { habit: 4 },
  visit: {
    graph(graph, { options, settings, statements, journal, report }) {
      // lost-policy tells of them, all those of a statement with the first, and makes the policies again.
      const lostWith = new Map(
        lostPolicies(graph, journal, statements, settings).flatMap((all) =>
          all.map(({ table }) => [table, all[0].table] as const),
        ),
      );
      const tables = graph
        .ofKind('table')
        .filter((each) => isUsersOwn(graph, each) && each.persistence !== 'temporary' && !isOfFrozenCopy(graph, each));
      const closed = tables.flatMap((table): readonly Closed[] => {
        if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
        if (graph.ownedBy(table.id, 'policy').length > 0 || isGuardedChild(graph, table)) return [];
        return [{ table, access: clientAccess(graph, table, settings.clientRoles) }];
      });
      const alike = groupedBy(closed.filter(isUnseen), ({ access }) => clientsOf(access) + commandsOf(access));
      const isOne = ({ length }: readonly Closed[]) =>
        options.habit > 0 && length >= options.habit && length * 2 >= tables.length;
      const habits = [...alike.values()].filter(isOne);
      for (const each of closed) if (!habits.some((habit) => habit.includes(each))) tell(each);
      // By name: files and a catalog know them in different orders.
      for (const habit of habits) {
        const [first, ...others] = [...habit].sort((x, y) => (graph.path(x.table) < graph.path(y.table) ? -1 : 1));
        if (first !== undefined) tellOfHabit([first, ...others]);
      }

      function isUnseen(each: Closed): boolean {
        return isUndecided(each) && !lostWith.has(each.table);
      }

      /** Default privileges open every table: nobody has decided it for this one. */
      function isUndecided({ table, access }: Closed): boolean {
        return access.length > 0 && isLeftToDefaults(graph, statements, table, access);
      }

      function tell(each: Closed): void {
        const { table, access } = each;
        const toldAbout = lostWith.get(table);
        const told = toldAbout === undefined ? {} : { toldBy: ['lost-policy'], toldAbout };
        const about = { entity: table, ...closedAt(table), ...told };
        const data = { table: brief(table.name) };
        if (access.length === 0) {
          const roles = otherGrantees(graph, table, settings.clientRoles);
          if (roles.length > 0) report({ ...about, message: 'closed', data: { ...data, roles: andList(roles, 3) } });
          return;
        }
        report({
          ...about,
          message: 'granted',
          data: { ...data, ...said(each) },
          severity: isUndecided(each) ? 'low' : 'medium',
          related: lastTaken(journal, table),
          fix: () => fixOf([each]),
        });
      }

      function tellOfHabit(all: readonly [Closed, ...Closed[]]): void {
        const [first, ...others] = all;
        const names = andList(
          all.map(({ table }) => brief(table.name)),
          MOST_SHOWN,
        );
        report({
          entity: first.table,
          ...closedAt(first.table),
          message: 'habit',
          data: { ...said(first), names, count: all.length, all: tables.length },
          severity: 'low',
          related: others.flatMap(({ table }) =>
            relatedAt({ origin: table.origin, ...closedAt(table) }, `${brief(table.name)} as well`),
          ),
          fix: () => fixOf(all),
        });
      }

      function said({ table, access }: Closed) {
        return {
          roles: clientsOf(access).replace(/^e/, 'E'),
          by: comesFromDefaults(graph, statements, table, access) ? 'default privileges' : 'grants',
          commands: commandsOf(access),
        };
      }

      function fixOf(all: readonly Closed[]): Fix | undefined {
        const isNamed = all.some(
          ({ table }) => isNamedWithCallersRights(graph, table.id) || isEmbeddable(graph, table, settings),
        );
        return isNamed
          ? undefined
          : {
              title: 'Take away what clients cannot use (or write the policies)',
              safety: 'review',
              sql: all.map(({ table, access }) => revoking(table, access)).join('\n'),
            };
      }
    },
  },
});

/** A table that row security closes, and what its grants would let clients do. */
interface Closed {
  readonly table: Table;
  readonly access: readonly ClientAccess[];
}

const MOST_SHOWN = 6;

/** Where the last policy that the table had went. */
function lastTaken(journal: readonly Change[], table: Table): readonly RelatedPlace[] {
  const last = journal.findLast(
    (each) => each.type === 'dropped' && each.before.kind === 'policy' && each.before.table === table.id,
  );
  return last?.type === 'dropped' && last.before.kind === 'policy'
    ? [{ note: `its last policy, ${quoteIdentifier(last.before.name)}, went here`, at: last.by.at }]
    : [];
}

function closedAt({ setBy }: Table): { readonly origin?: Origin } {
  return setBy.rowSecurity === undefined ? {} : { origin: setBy.rowSecurity };
}

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
    return clientsMeetingRows(graph, joined, 'select', clientRoles).length > 0;
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
