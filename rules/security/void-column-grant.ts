import {
  andList,
  brief,
  clientsOf,
  commentsOf,
  defineRule,
  ENTITLEMENT_NAMES,
  type EntityOf,
  type Fix,
  groupedBy,
  hasRole,
  isNamed,
  isSecretColumn,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  type Statement,
  sql,
  type VoidColumnGrant,
  type VoidColumnRevoke,
  voidColumnGrants,
  voidColumnRevokes,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'void-column-grant',
    category: 'security',
    severity: 'high',
    summary: 'A privilege is granted on some columns, or taken from some, of a role that holds it on the whole table.',
    why: 'A GRANT on columns adds to what a role has; it takes nothing away. On Supabase default privileges give anon and authenticated every new table as a whole, so that the columns which the GRANT leaves out can be read or written all the same. A REVOKE on columns takes away what was granted on columns: who holds the whole table keeps them.',
    remedy: 'Revoke the privilege on the table first, which takes it from every column, then grant it on the columns.',
    scope: [
      'Not reported where another GRANT gives the role the whole table by name (for a REVOKE: behind it), and where no policy lets the role meet a row.',
      'A REVOKE is high where it is about secrets, what says who a person is, or what somebody was given (a role, a plan), or where a comment right above it says why, else medium.',
    ],
    messages: {
      open: 'The GRANT of {{privilege}} on {{granted}} of {{table}} limits nothing: {{clients}} {{hold}} it on the whole table and may {{command}} {{left}} as well.',
      taken:
        'The REVOKE of {{privilege}} on {{revoked}} of {{table}} takes nothing away: {{clients}} {{hold}} it on the whole table and may {{command}} {{pronoun}} all the same.',
    },
    restsOn: ['privileges', 'policies', 'rowSecurity', 'columns'],
    references: [
      'https://www.postgresql.org/docs/current/sql-grant.html',
      'https://www.postgresql.org/docs/current/sql-revoke.html#SQL-REVOKE-NOTES',
    ],
  },
  visit: {
    table(table, { graph, statements, journal, texts, settings, report }) {
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
      const history = { statements, journal };
      for (const group of alike(voidColumnRevokes(graph, table, history, settings.clientRoles))) {
        const [first] = group;
        if (first === undefined) continue;
        const { command, revoked, by } = first;
        const isGrave = command !== 'insert' && (revoked.some((each) => isGuarded(graph, each)) || saysWhy(by, texts));
        report({
          entity: table,
          origin: { from: 'statement', at: by.at },
          message: 'taken',
          data: {
            privilege: command.toUpperCase(),
            revoked: listed(revoked),
            table: brief(table.name),
            clients: clientsOf(group.map(({ access }) => access)),
            hold: group.length === 1 ? 'holds' : 'hold',
            command: COMMANDS[command],
            pronoun: revoked.length === 1 ? 'it' : 'them',
          },
          severity: isGrave ? 'high' : 'medium',
          discriminator: `revoke ${command}`,
          fix: () => grantOfOthers(graph, table, group),
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
function alike<Void extends VoidColumnGrant | VoidColumnRevoke>(voids: readonly Void[]): Iterable<readonly Void[]> {
  const columns = (each: VoidColumnGrant | VoidColumnRevoke) => ('granted' in each ? each.granted : each.revoked);
  return groupedBy(voids, (each) => [each.command, ...columns(each).map(({ id }) => id)].join()).values();
}

/** Secrets, what says who a person is, and what somebody was given. */
function isGuarded(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return isSecretColumn(graph, column) || isNamed(column.name, ENTITLEMENT_NAMES) || hasRole(graph, column, 'pii');
}

/** A comment above the statement, in the same paragraph, speaks of what nobody is to get at. */
function saysWhy({ at }: Statement, texts: ReadonlyMap<string, string>): boolean {
  const before = (texts.get(at.file) ?? '').slice(0, at.start);
  const above = before.split(/\n[ \t]*\r?\n/).at(-1) ?? '';
  return commentsOf(above).some(({ text }) => GUARDING.test(text));
}

const GUARDING =
  /\b(?:never|sensitive|secrets?|confidential|must not|no client|hid(?:e|den)|cannot (?:be )?(?:read|change))\b/i;

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

/** Undefined where a role holds the privilege through another. */
function grantOfOthers(graph: SchemaGraph, table: Table, group: readonly VoidColumnRevoke[]): Fix | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  const { command, revoked } = first;
  const columns = graph.columns(table.id).flatMap((each) => (revoked.includes(each) ? [] : [each.name]));
  if (columns.length === 0 || !group.every(({ isOwn }) => isOwn)) return undefined;
  const names = group.map(({ access }) => access.name);
  const privilege = raw(command);
  return {
    title: 'Take the privilege from the whole table, and grant it on the other columns',
    safety: 'review',
    sql: sql`revoke ${privilege} on ${table.name} from ${names};
grant ${privilege} (${columns}) on ${table.name} to ${names};`,
  };
}
