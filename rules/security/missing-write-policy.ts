import {
  admitsNothing,
  andList,
  brief,
  type ClientAccess,
  clientAccess,
  clientsOf,
  columnsComparedWithCaller,
  comesFromDefaults,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  habitsOf,
  isLeftToDefaults,
  ofSchema,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  type Statement,
  sql,
  writesTo,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'missing-write-policy',
    category: 'security',
    severity: 'medium',
    summary: 'Client roles hold write grants on a table of their own rows, but only reading has policies.',
    why: 'What no policy admits is refused. An INSERT fails with 42501, an UPDATE or DELETE touches 0 rows and reports success. The usual way out is the service key, and with it every check of whose row it is.',
    remedy:
      'Write policies for what clients are meant to write. Where only the server writes, take the grants away, so that the schema says so.',
    scope: [
      'Only tables whose rows belong to callers are looked at, and only where no function of the schema adds them.',
      'Low where the grants are no more than what default privileges give; eight such tables of a schema or more are one finding, and `"habit": 0` shows each.',
    ],
    messages: {
      missing:
        '{{roles}} may {{commands}} {{table}} rows by {{by}}, but its {{policies}} for SELECT only: an INSERT fails, an UPDATE or DELETE finds no row, unless it goes round row security with the service key.',
      several:
        '{{roles}} may {{commands}} rows of {{count}} tables of {{schema}} by {{by}}, but their policies are for SELECT only ({{names}}): an INSERT fails, an UPDATE or DELETE finds no row, unless it goes round row security with the service key.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
    optionDocs: {
      habit:
        'So many tables of a schema that only default privileges open for writing are one finding, with the fixes of all; 0 tells of each.',
    },
  },
  defaults: { habit: 8 },
  visit: {
    graph(graph, { options, settings, statements, shown, isApart, report }) {
      const told = shown('table').flatMap((each) => readOnly(graph, each, settings.clientRoles, statements) ?? []);
      const { alone, habits } = habitsOf(
        told,
        options.habit,
        ({ table, policies: [{ origin }], isByDefault, roles, commands, by }) =>
          isByDefault && !isApart(table, origin) ? [table.name.schema, roles, commands, by].join(' ') : undefined,
      );
      for (const each of alone) {
        const { table, policies, roles, commands, by, isByDefault } = each;
        const [first] = policies;
        report({
          entity: table,
          severity: isByDefault ? 'low' : 'medium',
          origin: first.origin,
          message: 'missing',
          data: {
            roles,
            commands,
            table: brief(table.name),
            by,
            policies:
              policies.length === 1 ? `policy ${quoteIdentifier(first.name)} is` : `${policies.length} policies are`,
          },
          fix: withoutGrants(each),
        });
      }
      for (const alike of habits) {
        const [{ table, roles, commands, by }] = alike;
        report({
          ...ofSchema(graph, table.name.schema, alike, (each) => ({
            of: each.table,
            origin: each.policies[0].origin,
            note: `${brief(each.table.name)} as well`,
          })),
          severity: 'low',
          message: 'several',
          data: {
            roles,
            commands,
            count: alike.length,
            schema: quoteIdentifier(table.name.schema),
            by,
            names: andList(
              alike.map((each) => brief(each.table.name)),
              6,
            ),
          },
          fixes: alike.map((each) => ({ of: each.table, fix: () => withoutGrants(each) })),
        });
      }
    },
  },
});

type Table = EntityOf<'table'>;

/** A table that clients may write to, of which only reading has policies. */
interface ReadOnly {
  readonly table: Table;
  readonly policies: readonly [EntityOf<'policy'>, ...EntityOf<'policy'>[]];
  readonly access: readonly ClientAccess[];
  /** Who may write there, what they may do, and what says so, as messages have it. */
  readonly roles: string;
  readonly commands: string;
  readonly by: string;
  /** On Supabase default privileges open every table: one that only the server writes to looks the same, and most are. */
  readonly isByDefault: boolean;
}

function readOnly(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
  statements: readonly Statement[],
): ReadOnly | undefined {
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return undefined;
  const [first, ...others] = graph.ownedBy(table.id, 'policy');
  if (first === undefined || [first, ...others].some((each) => each.command !== 'select')) return undefined;
  if ([first, ...others].every((each) => admitsNothing(each, 'select'))) return undefined;
  if (columnsComparedWithCaller(graph, table.id).size === 0) return undefined;
  if (writesTo(graph, table.id).some(({ write }) => write.kind === 'insert')) return undefined;
  const access = clientAccess(graph, table, clientRoles).flatMap((each) => {
    const commands = each.commands.filter((command) => command !== 'select');
    return commands.length === 0 ? [] : [{ ...each, commands }];
  });
  if (access.length === 0) return undefined;
  return {
    table,
    policies: [first, ...others],
    access,
    roles: clientsOf(access, true),
    commands: commandsText(access.flatMap(({ commands }) => commands)),
    by: comesFromDefaults(graph, statements, table, access, 'awd') ? 'default privileges' : 'grants',
    isByDefault: isLeftToDefaults(graph, statements, table, access, 'awd'),
  };
}

function withoutGrants({ table, access }: ReadOnly): Fix {
  return {
    title: 'Take the grants away, if only the server writes (else write the policies)',
    safety: 'review',
    sql: sql`revoke insert, update, delete on ${table.name} from ${access.map(({ name }) => (name === 'public' ? raw('public') : name))};`,
  };
}
