import {
  andList,
  brief,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  quoteIdentifier,
  raw,
  sql,
  type VoidColumnGrant,
  voidColumnGrants,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'void-column-grant',
    category: 'security',
    severity: 'high',
    summary: 'A privilege is granted on some columns to a role that holds it on the whole table.',
    why: 'A GRANT on columns adds to what a role has; it takes nothing away. On Supabase default privileges give anon and authenticated every new table as a whole, so that the columns which the GRANT leaves out can be read or written all the same.',
    remedy:
      'Revoke the privilege on the table first, which takes it from every column, then grant it on the columns. Not reported where another GRANT gives the role the whole table by name, and where no policy lets the role meet a row.',
    messages: {
      open: 'The GRANT of {{privilege}} on {{granted}} of {{table}} limits nothing: {{clients}} {{hold}} it on the whole table and may {{command}} {{left}} as well.',
    },
    restsOn: ['privileges', 'policies', 'rowSecurity', 'columns'],
    references: ['https://www.postgresql.org/docs/current/sql-grant.html'],
  },
  visit: {
    table(table, { graph, statements, settings, report }) {
      for (const group of alike(voidColumnGrants(graph, table, statements, settings.clientRoles))) {
        const [first] = group;
        if (first === undefined) continue;
        const { command, granted, left } = first;
        const last = granted.map(({ setBy }) => setBy.acl).find((each) => each?.from === 'statement');
        report({
          entity: table,
          ...(last === undefined ? {} : { origin: last }),
          message: 'open',
          data: {
            privilege: command.toUpperCase(),
            granted: listed(granted),
            table: brief(table.name),
            clients: clientsOf(group.map(({ access }) => access)),
            hold: group.length === 1 ? 'holds' : 'hold',
            command: COMMANDS[command],
            left: listed(left),
          },
          // What a row begins with mostly has a default, which is all that was to be left out.
          severity: command === 'insert' ? 'medium' : 'high',
          discriminator: command,
          fix: () => fixFor(table, group),
        });
      }
    },
  },
});

const COMMANDS = { select: 'read', insert: 'fill in', update: 'change' } as const;

function listed(columns: readonly EntityOf<'column'>[]): string {
  return andList(
    columns.map(({ name }) => quoteIdentifier(name)),
    4,
  );
}

/** The same columns for several roles are one finding. */
function alike(grants: readonly VoidColumnGrant[]): readonly (readonly VoidColumnGrant[])[] {
  const groups = new Map<string, VoidColumnGrant[]>();
  for (const each of grants) {
    const key = [each.command, ...each.granted.map(({ id }) => id)].join();
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}

function fixFor(table: Table, group: readonly VoidColumnGrant[]): Fix | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  const roles = group.map(({ access }) => access.name);
  const columns = first.granted.map(({ name }) => name);
  const privilege = raw(first.command);
  return {
    title: 'Take the privilege from the whole table, and grant it on the columns again',
    safety: 'review',
    sql: sql`revoke ${privilege} on ${table.name} from ${roles};
grant ${privilege} (${columns}) on ${table.name} to ${roles};`,
  };
}
