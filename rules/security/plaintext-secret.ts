import {
  type AuditSettings,
  admittingPolicies,
  andList,
  anotherAt,
  asksOnlyWhetherSet,
  brief,
  type ClientAccess,
  CREDENTIALS,
  callerlessReading,
  clientsMeetingRows,
  clientsOf,
  credentialIn,
  defineRule,
  type EntityOf,
  emptiedBy,
  failsToday,
  type Habit,
  habitsOf,
  hasKnownPassword,
  isAlwaysTrue,
  isMostlySealed,
  isNamed,
  keptSealed,
  leavesOutRowsWith,
  mayColumn,
  openPolicy,
  policiesLet,
  quoteIdentifier,
  relatedAt,
  relationName,
  type SchemaGraph,
  SEALERS,
  sharedInvitation,
  sql,
  typeClass,
  userRoutines,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'plaintext-secret',
    category: 'security',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A column named like a credential, or a JSON column with such a key, holds it as plain text.',
    why: 'Whoever gets at the rows can use what is in them: by a policy that is too wide, a dump, a replica, a log of queries. A password or token that the database only has to recognise can be kept as a hash, one that has to be used again can be kept in Vault or encrypted by the application.',
    remedy:
      'Keep a hash of what is only compared (crypt() of pgcrypto, or a SHA-256 of a long random token), and a reference to vault.secrets for what is used again.',
    scope: [
      'A JSON column counts where a comment on it ({sendgrid_api_key, from_email}), its default or SQL of the schema names such a key.',
      'A column is taken as safe when its name, a comment on it or beside it, its neighbours (an iv, nonce or key id) or a function that writes it speak of a hash or a cipher, or when a column beside it has what may be shown of it (display_secret_key).',
      'It is critical where a policy that asks for a state of the row lets the signed-out read the column without asking who they are, high where it lets everybody who is signed in; a uuid that a default fills at random is reported only there.',
      'That a table has row security off, or a policy shows every row, rls-disabled, read-policy-always-true and write-policy-always-true tell, with the names of such columns: here it is then only said that it stands there as text.',
      'Tokens and push keys of devices, and tokens of links that are sent to someone (invitations, resets, shares), and what a browser got for solving a captcha (turnstile_token), are not reported, nor the credentials of a profession, as a comment says or the columns beside them (specialty, bio), but for an invitation with a rank in it that all members read, while a function takes whoever has its token for the one who was invited: let only those read it who may give that rank, or keep a hash of it.',
      'What is mostly kept as a hash or encrypted without its name saying so (a password, a token of a session, a second factor, a bag of secrets, the keys of better-auth) is reported only where clients may read it; a *_secret_key not where a table keeps secrets by a unique key or name, which it may hold.',
      'High where a password has a constant for its default that could be one: let there be no default, and give the rows that have it another.',
      'Several columns of a table of which the same is to be said are one finding, about the table.',
      'Low in a table that keeps another secret in Vault (*_secret_id), where a migration emptied the column and nothing writes to it since, and where no function of the schema fills or reads it in a schema that the API does not reach.',
    ],
    messages: {
      readable:
        '{{column}} is named like a credential, nothing shows it to be hashed or encrypted, and {{roles}} may read rows of {{table}} that its policies let through.',
      exposed:
        '{{column}} {{holds}}, and {{roles}} {{read}} it: {{policies}} them have {{rows}} of {{table}} without asking who they are.{{compared}}{{today}}',
      keysReadable:
        '{{column}} holds {{keys}}, as the schema says, nothing shows it to be hashed or encrypted, and {{roles}} may read rows of {{table}} that its policies let through.',
      keysKept:
        '{{column}} holds {{keys}}, as the schema says, and nothing shows it to be hashed or encrypted: every dump and replica that has rows of {{table}} has it too.',
      known:
        '{{column}} is a password with a constant for its default: each row of {{table}} that is added without one has the same, and whoever reads this file knows it.',
      emptied:
        '{{column}} is named like a credential. A migration emptied it, and nothing here writes to it since, but it is still there: what is written into it again stands in plain text, which is why this is low.',
      invitation:
        '{{column}} accepts an invitation: {{function}} finds it by that and copies its {{rank}} into {{joined}}. By the policy {{policy}} {{clients}} who are in {{members}} for the {{places}} read it, whatever they are there: they accept one for a higher {{rank}}, addressed to somebody else.',
      'several readable':
        '{{columns}} of {{table}} are named like credentials, nothing shows them to be hashed or encrypted, and {{roles}} may read rows of {{table}} that its policies let through.',
      'several kept':
        '{{columns}} of {{table}} are named like credentials, and nothing shows them to be hashed or encrypted: every dump and replica that has rows of {{table}} has them too.{{unused}}',
      kept: '{{column}} is named like a credential, and nothing shows it to be hashed or encrypted: every dump and replica that has rows of {{table}} has it too.{{unused}}',
    },
    restsOn: ['columns', 'policies', 'privileges'],
    references: ['https://supabase.com/docs/guides/database/vault'],
    optionDocs: {
      columns: 'Names of columns (text, JSON, or a random uuid) that hold credentials, by whole words.',
      sealedBy: 'Names of columns whose presence in a table shows that its secrets are encrypted.',
    },
  },
  defaults: {
    columns: CREDENTIALS,
    sealedBy: SEALERS,
  },
  visit: {
    graph(graph, { statements, texts, options, settings, shown, isApart, report }) {
      const plain: Plain[] = [];
      for (const column of shown('column')) tell(column);
      const { alone, habits } = habitsOf(plain, TOGETHER, (each) => (isApart(each.column) ? undefined : alikeBy(each)));
      for (const each of alone) {
        const { column, table, severity, roles } = each;
        const data = { column: nameOf(each), table: brief(table.name) };
        const about = { entity: column, severity };
        if (roles === undefined) report({ ...about, message: 'kept', data: { ...data, unused: unusedText(each) } });
        else report({ ...about, message: 'readable', data: { ...data, roles } });
      }
      for (const all of habits) tellTogether(all);

      /** What stands in one table is kept, or mended, together. */
      function tellTogether(all: Habit<Plain>): void {
        const [first, ...others] = all;
        const { column, table, severity, roles } = first;
        const about = {
          entity: table,
          origin: column.origin,
          severity,
          related: others.flatMap((each) => anotherAt(each.column, `${nameOf(each)} as well`)),
        };
        const columns = andList(all.map((each) => quoteIdentifier(each.column.name)));
        const data = { columns, table: brief(table.name) };
        if (roles !== undefined) report({ ...about, message: 'several readable', data: { ...data, roles } });
        else report({ ...about, message: 'several kept', data: { ...data, unused: unusedText(first, 'them') } });
      }

      function tell(column: EntityOf<'column'>): void {
        const table = graph.find(column.relation);
        if (table?.kind !== 'table' || table.isAssumed || table.persistence === 'temporary') return;
        if (column.isInherited || table.partitionOf !== null || column.generated !== null) return;
        const shared = sharedInvitation(graph, column, settings.clientRoles);
        if (shared !== undefined && !keptSealed(graph, column, texts)) {
          const { access, reader, places, members, routine, rank, joined } = shared;
          report({
            entity: column,
            message: 'invitation',
            data: {
              column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
              clients: clientsOf(access),
              members: andList(members.map((each) => relationName(graph, each))),
              places: andList(places.map(({ name }) => quoteIdentifier(name))),
              policy: quoteIdentifier(reader.name),
              function: brief(routine.name),
              rank: quoteIdentifier(rank.name),
              joined: relationName(graph, joined),
            },
            related: relatedAt(reader, 'lets them read it'),
            severity: 'high',
          });
          return;
        }
        const credential = credentialIn(graph, column, texts, options.columns, options.sealedBy);
        if (credential === undefined) return;
        const isRandomId = credential.by === 'random';
        const keys = credential.keys.map(quoteIdentifier);
        const data = { column: `${brief(table.name)}.${quoteIdentifier(column.name)}`, table: brief(table.name) };
        if (hasKnownPassword(column)) {
          report({
            entity: column,
            origin: column.setBy.default ?? column.origin,
            message: 'known',
            data,
            severity: 'high',
            fix: {
              title: 'Drop the default; rows that have it need another password',
              safety: 'review',
              sql: sql`alter table ${table.name} alter column ${column.name} drop default;`,
            },
          });
          return;
        }
        const emptying = credential.by === 'name' ? emptiedBy(graph, statements, column) : undefined;
        if (emptying !== undefined) {
          const related = [{ note: 'emptied here', at: emptying.at }];
          report({ entity: column, message: 'emptied', data, severity: 'low', related });
          return;
        }
        const milder = graph.columns(table.id).some((each) => each !== column && isInVault(graph, each))
          ? ({ severity: 'low' } as const)
          : {};
        const { severity = 'medium' } = milder;
        const readers =
          table.rowSecurity && settings.exposedSchemas.includes(table.name.schema)
            ? clientsMeetingRows(graph, table, 'select', settings.clientRoles).filter((each) => mayReadIn(each))
            : [];
        const exposing = exposure(graph, table, column, readers);
        const isTold = exposing !== undefined && isToldOfPolicy(graph, exposing, settings);
        if (exposing !== undefined && !isTold) {
          const { access, policies } = exposing;
          const today = failsToday(graph, table, access, settings.clientRoles);
          const severity = today !== '' ? 'medium' : access.some(({ name }) => name === 'anon') ? 'critical' : 'high';
          const lets = policiesLet(policies);
          const named =
            keys.length > 0 ? `holds ${andList(keys, 3)}, as the schema says` : 'is named like a credential';
          const holds = isRandomId
            ? 'is named like a credential and filled at random'
            : `${named}, nothing shows it to be hashed or encrypted`;
          const isEach = policies.some((each) => isAlwaysTrue(each, 'select'));
          report({
            entity: column,
            message: 'exposed',
            data: {
              ...data,
              holds,
              roles: clientsOf(access),
              read: access.length === 1 ? 'reads' : 'read',
              policies: `${lets.charAt(0).toLowerCase()}${lets.slice(1)}`,
              rows: isEach ? 'all rows' : 'rows',
              compared: policies.some((each) => asksOnlyWhetherSet(each, column.id))
                ? ` That ${quoteIdentifier(column.name)} is not null compares it with nothing that the reader has.`
                : '',
              today,
            },
            related: policies.flatMap((each) => relatedAt(each, 'does not ask who they are')),
            severity,
          });
          return;
        }
        // Who reads their own rows is mostly who it was made for.
        if (isRandomId) return;
        if (keys.length > 0) {
          const held = { ...data, keys: andList(keys, 3) };
          const roles = clientsOf(readers);
          if (readers.length === 0 || isTold) report({ entity: column, message: 'keysKept', data: held, ...milder });
          else report({ entity: column, message: 'keysReadable', data: { ...held, roles }, ...milder });
        } else if (readers.length === 0 || isTold) {
          if (isMostlySealed(graph, column, table)) return;
          const isNowhere = isUnused(table);
          plain.push({ column, table, severity: isNowhere ? 'low' : severity, isUnused: isNowhere });
        } else plain.push({ column, table, severity, roles: clientsOf(readers) });

        /** By the grants of the column, and by a policy that does not leave out just the rows that have it. */
        function mayReadIn(access: ClientAccess): boolean {
          const policies = admittingPolicies(graph, graph.get('table', column.relation), 'select', access);
          return (
            mayColumn(graph, access.role, column, 'r') &&
            policies.some((each) => !leavesOutRowsWith(graph, each, column))
          );
        }

        /** Nothing is known to be in it where the API does not reach the table and no routine of the schema names the column. */
        function isUnused({ name: { schema } }: EntityOf<'table'>): boolean {
          const isReached = settings.exposedSchemas.length === 0 || settings.exposedSchemas.includes(schema);
          return !isReached && !userRoutines(graph).some(({ body }) => body?.text.includes(column.name) !== false);
        }
      }
    },
  },
});

function unusedText({ table: { name }, isUnused }: Plain, it = 'it'): string {
  if (isUnused !== true) return '';
  return ` No function here fills or reads ${it}, and the API does not reach ${quoteIdentifier(name.schema)}, which is why this is low.`;
}

/** So many columns of a table are one finding, if the same is to be said of them. */
const TOGETHER = 2;

/** A column of which no more is to be said than where it stands, or who may read it. */
interface Plain {
  readonly column: EntityOf<'column'>;
  readonly table: EntityOf<'table'>;
  readonly severity: 'medium' | 'low';
  /** Who may read rows of the table; undefined where nobody but the server does, or that is told elsewhere. */
  readonly roles?: string;
  readonly isUnused?: boolean;
}

function nameOf({ column, table }: Plain): string {
  return `${brief(table.name)}.${quoteIdentifier(column.name)}`;
}

function alikeBy({ table, severity, roles, isUnused }: Plain): string {
  return [table.id, severity, roles ?? '', isUnused === true].join(' | ');
}

/** The policies by which clients read the column of some rows without being asked who they are: of the signed-out where they do, else of those who sign in. */
function exposure(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  column: EntityOf<'column'>,
  readers: readonly ClientAccess[],
): { readonly access: readonly ClientAccess[]; readonly policies: readonly EntityOf<'policy'>[] } | undefined {
  const readingBy = (each: ClientAccess) =>
    callerlessReading(graph, table, each).filter((policy) => !leavesOutRowsWith(graph, policy, column));
  const open = readers.filter((each) => readingBy(each).length > 0);
  if (open.length === 0) return undefined;
  const anon = open.filter(({ name }) => name === 'anon');
  const access = anon.length > 0 ? anon : open;
  return { access, policies: [...new Set(access.flatMap(readingBy))] };
}

/** Do read-policy-always-true and write-policy-always-true tell that they read every row, and name the column? What is left to say is that it stands there as text. */
function isToldOfPolicy(
  graph: SchemaGraph,
  { access, policies }: NonNullable<ReturnType<typeof exposure>>,
  settings: AuditSettings,
): boolean {
  return policies.some((policy) => {
    const open = openPolicy(graph, policy, settings)?.access ?? [];
    return access.every(({ name }) => open.some((each) => each.name === name && each.commands.includes('select')));
  });
}

/** Of the rest of the table's secrets only the id is kept here: what stands beside it was weighed, and found to matter less. */
function isInVault(graph: SchemaGraph, { name, type }: EntityOf<'column'>): boolean {
  return isNamed(name, ['*_secret_id']) && typeClass(graph, type) === 'uuid';
}
