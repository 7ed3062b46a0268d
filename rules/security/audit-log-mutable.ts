import {
  type AskedRank,
  admittingPolicies,
  andList,
  brief,
  changedWithCallersRights,
  clientAccess,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  failsToday,
  groupedBy,
  isAuditTable,
  isForStandings,
  isKeptForATime,
  isNamed,
  mayMeetRows,
  type NamePatterns,
  openPolicy,
  policyComparisons,
  quoteIdentifier,
  quoteLiteral,
  ranksAlone,
  raw,
  refusedChanges,
  relatedAt,
  type SchemaGraph,
  sql,
  TABLE_NAMES,
  typeClass,
  writtenByTriggers,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

/** Who did what, from where, and how it was before. */
const RECORD_COLUMNS: NamePatterns = [
  ...['action', '*_action', 'operation', 'event_type', 'event_name', 'actor', 'actor_*', 'performed_by', 'changed_by'],
  ...['modified_by', 'triggered_by', 'old_*', 'new_*', 'previous_*', 'changes', 'diff', 'ip_address', 'user_agent'],
  ...['payload', '*_snapshot', 'change_reason'],
];

export default defineRule({
  meta: {
    id: 'audit-log-mutable',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'Client roles may change or delete entries of an audit log.',
    why: 'A log proves something only as long as those whose doings it records cannot rewrite it.',
    remedy:
      'Revoke UPDATE and DELETE from the client roles and keep no policy for them; let only triggers or the service key write. Where a function without SECURITY DEFINER changes or deletes such rows there is no fix, for it would fail: let it be SECURITY DEFINER first, and ask in its body who calls.',
    scope: [
      'A trigger that refuses both holds against everyone but the owner, and such tables are not reported, nor are those that a policy opens as a whole (write-policy-always-true) or that have row security off where rls-disabled or policies-without-rls tells of it, histories of values without a column that says who did it, or what was done, what is published (a changelog), and tables of what people keep for themselves (their policies compare a column with the caller, and nothing shows a record of who did what), nor that rows are deleted that are kept for a time only (they expire, or a routine or a job deletes the old ones).',
      'A log with a unique key of a date and more has one row for each thing and day, which is brought up to date, and is not reported where nothing shows a record of who did what.',
      'Medium where each policy asks for a role that the caller’s own row of a table holds (an admin), or that a table lists them (staff).',
    ],
    messages: {
      policy:
        '{{roles}} may {{commands}} rows of the log {{table}}: {{policies}} them, and no trigger refuses it.{{today}}',
      rank: '{{roles}} may {{commands}} rows of the log {{table}}, if their {{rank}}: {{policies}} them, and no trigger refuses it. No other user can, which is why this is medium.{{today}}',
      grant:
        '{{roles}} may {{commands}} every row of the log {{table}}: row security is off, and no trigger refuses it.',
    },
    restsOn: ['policies', 'privileges', 'rowSecurity', 'triggers'],
    optionDocs: {
      auditTables: 'Names of tables that keep what happened, by whole words.',
      eventTables: 'Names of tables that count as such where nothing in the schema updates them.',
      recordColumns:
        'Names of columns that show a table to record who did what, and not what people keep for themselves.',
    },
  },
  defaults: {
    auditTables: TABLE_NAMES.audit,
    eventTables: TABLE_NAMES.events,
    recordColumns: RECORD_COLUMNS,
  },
  visit: {
    table(table, { graph, settings, statements, options, report }) {
      if (!settings.exposedSchemas.includes(table.name.schema) || !graph.isKnown(table, 'rowSecurity')) return;
      if (table.persistence === 'temporary' || table.partitionOf !== null) return;
      if (!isAuditTable(graph, table, options.auditTables, options.eventTables)) return;
      const isRecording = isRecord(graph, table, options.recordColumns);
      if (!isRecording && (isSeries(graph, table) || isOfDays(graph, table) || isPublished(graph, table))) return;
      const refused = refusedChanges(graph, table);
      // What is deleted once it is old is no proof: to delete it earlier takes nothing from it.
      const isKept = !isKeptForATime(graph, table, statements);
      const open = COMMANDS.filter((command) => !refused.has(command) && (command !== 'delete' || isKept));
      const access = clientAccess(graph, table, settings.clientRoles)
        .map((each) => ({
          ...each,
          commands: open.filter((command) => {
            if (!each.commands.includes(command) || !mayMeetRows(graph, table, command, each)) return false;
            return !table.rowSecurity || admittingPolicies(graph, table, command, each).some((one) => !isTold(one));
          }),
        }))
        .filter(({ commands }) => commands.length > 0);
      if (access.length === 0) return;
      const written = COMMANDS.filter((command) => access.some(({ commands }) => commands.includes(command)));
      const deciding = table.rowSecurity
        ? graph
            .ownedBy(table.id, 'policy')
            .filter((each) => !isTold(each))
            .filter((each) =>
              written.some((command) =>
                access.some((role) => admittingPolicies(graph, table, command, role).includes(each)),
              ),
            )
        : [];
      const [first] = deciding;
      // What people write about themselves (workouts, ratings) is theirs to change, whatever it is called, and whoever of the house may do so as well.
      const ofRows = deciding.filter((each) => !isForStandings(graph, each));
      const isOwn = (ofRows.length > 0 || deciding.length === 0) && ofRows.every((each) => isForOwners(graph, each));
      if (isOwn && !saysWhoDidWhat(graph, table, options.recordColumns)) return;
      const data = {
        roles: clientsOf(access, true),
        commands: andList(written.map((each) => VERBS[each])),
        table: brief(table.name),
      };
      // Without the grants that function would fail, and what it does is meant.
      const changers = changedWithCallersRights(
        graph,
        table.id,
        access.map(({ role }) => role),
      );
      const about = {
        entity: table,
        related: changers.flatMap((each) =>
          relatedAt(each, `${brief(each.name)}() does so with the rights of its caller`),
        ),
        ...(changers.length > 0 ? {} : { fix: fixFor(table, deciding, settings.clientRoles) }),
      };
      if (first === undefined)
        report({ ...about, message: 'grant', data, toldBy: ['rls-disabled', 'policies-without-rls'] });
      else {
        const names = andList(
          deciding.map(({ name }) => quoteIdentifier(name)),
          2,
        );
        const policies = deciding.length === 1 ? `the policy ${names} lets` : `the policies ${names} let`;
        const today = failsToday(graph, table, access, settings.clientRoles);
        const decided = { ...about, origin: first.origin, data: { ...data, policies, today } };
        const ranks = written.flatMap((command) =>
          access.flatMap((role) =>
            admittingPolicies(graph, table, command, role)
              .filter((each) => deciding.includes(each))
              .map((each) => ranksAlone(graph, each, command, settings.clientRoles)),
          ),
        );
        if (ranks.includes(undefined))
          report({ ...decided, message: 'policy', ...(today === '' ? {} : { severity: 'medium' as const }) });
        else {
          const rank = ranksText(ranks.flatMap((each) => each ?? []));
          report({ ...decided, message: 'rank', severity: 'medium', data: { ...decided.data, rank } });
        }
      }

      /** What lets every row be changed is write-policy-always-true's, which says that it is a log. */
      function isTold(policy: EntityOf<'policy'>): boolean {
        const access = openPolicy(graph, policy, settings)?.access ?? [];
        return access.some(({ commands }) => commands.includes('update') || commands.includes('delete'));
      }
    },
  },
});

/** What is written first and published then (a changelog): content, which its authors mend. */
function isPublished(graph: SchemaGraph, { id }: Table): boolean {
  return graph.columns(id).some(({ name }) => isNamed(name, ['published', 'is_published', 'published_at', 'is_draft']));
}

/** By the row itself, or by the one that it is a part of, where it does not say who did something. */
function isForOwners(graph: SchemaGraph, policy: EntityOf<'policy'>): boolean {
  return policyComparisons(graph, policy).some(({ via, column, reads }) => {
    if (via !== 'membership') return via === 'value';
    const saysWho = graph.columns(policy.table).some((each) => isNamed(each.name, ACTORS));
    return (
      !saysWho && graph.foreignKeysOf(graph.get('column', column)).some((key) => reads.includes(key.referencedTable))
    );
  });
}

/** `user_roles.role is 'admin' or 'owner'`, `user_roles.role_id stands for 'admin'`, each column once with all of its values; `email is in staff`. */
function ranksText(ranks: readonly AskedRank[]): string {
  const nameOf = ({ table, column }: AskedRank) => `${brief(table)}.${quoteIdentifier(column)}`;
  return [...groupedBy(ranks, nameOf)]
    .map(([name, alike]) => {
      const values = new Set(alike.flatMap((each) => each.values));
      const [listed] = values.size === 0 ? alike : [];
      if (listed !== undefined) return `${quoteIdentifier(listed.column)} is in ${brief(listed.table)}`;
      const isKey = alike.some((each) => each.isKey);
      return `${name} ${isKey ? 'stands for' : 'is'} ${[...values].map(quoteLiteral).join(' or ')}`;
    })
    .join(', or their ');
}

/** Beyond its name: a trigger writes it, or it says who did what. */
function isRecord(graph: SchemaGraph, table: Table, columns: readonly string[]): boolean {
  return saysWhoDidWhat(graph, table, columns) || writtenByTriggers(graph, table) !== 'nothing';
}

/** By the word audit or trail, by a column, or by a trigger that keeps there how a row was. */
function saysWhoDidWhat(graph: SchemaGraph, table: Table, columns: readonly string[]): boolean {
  if (isNamed(table.name.name, RECORDS)) return true;
  const isTold = graph.columns(table.id).some((each) => isNamed(each.name, columns));
  return isTold || writtenByTriggers(graph, table) === 'changes';
}

/** A history of values, of followers or prices day by day, that says neither who nor what was done. */
function isSeries(graph: SchemaGraph, table: Table): boolean {
  return isNamed(table.name.name, SERIES) && !graph.columns(table.id).some((each) => isNamed(each.name, ACTORS));
}

/** One row for each thing and day, as a unique key of a date says, is brought up to date as the day goes on. */
function isOfDays(graph: SchemaGraph, table: Table): boolean {
  return graph
    .ownedBy(table.id, 'index')
    .some(
      ({ isUnique, predicate, keys }) =>
        isUnique &&
        predicate === null &&
        keys.length > 1 &&
        keys.some(({ column }) => column !== null && typeClass(graph, graph.get('column', column).type) === 'date'),
    );
}

const SERIES: NamePatterns = ['*_history_*', '!*_log_*'];
const ACTORS: NamePatterns = ['*_by', '*_by_id'];
const RECORDS: NamePatterns = ['*_audit_*', '*_trail_*'];

const COMMANDS = ['update', 'delete'] as const;
const VERBS = { update: 'change', delete: 'delete' } as const;

/** A policy for UPDATE or DELETE alone has no use without the grants. */
function fixFor(table: Table, policies: readonly EntityOf<'policy'>[], clientRoles: readonly string[]): Fix {
  const roles = clientRoles.map((each) => (each === 'public' ? raw(each) : each));
  const useless = policies.filter(({ command }) => command !== 'all');
  return {
    title: 'Take UPDATE and DELETE from the client roles',
    safety: 'review',
    sql: [
      sql`revoke update, delete on table ${table.name} from ${roles};`,
      ...useless.map(({ name }) => sql`drop policy ${name} on ${table.name};`),
    ].join('\n'),
  };
}
