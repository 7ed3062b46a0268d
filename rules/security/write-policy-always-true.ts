import {
  admittingPolicies,
  asksCaller,
  brief,
  clientsOf,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  isAuditTrail,
  isNamedForServiceRole,
  openPolicy,
  quoteIdentifier,
  type RowCommand,
  seesEveryRow,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'write-policy-always-true',
    category: 'security',
    severity: 'critical',
    summary: 'A permissive policy lets client roles write any row.',
    why: 'Permissive policies are joined by OR: one that is always true makes all others for the command pointless. Whoever has the public key of the app can then change or delete what belongs to everybody else.',
    remedy:
      'Say whose rows may be written, by a comparison with the caller. What is meant for the service key needs no policy at all: service_role bypasses row security. For UPDATE, DELETE and ALL it is USING that picks the rows; a clause that is missing admits nothing and is not reported here. A policy for UPDATE or DELETE alone opens only what the SELECT policies show, as soon as a WHERE reads a column: it is high where those ask who calls. Adding rows only is high, and medium where the clause asks that somebody is signed in.',
    messages: {
      write: 'The policy {{policy}} lets {{roles}} {{commands}} every row of {{table}}: its {{clause}} {{holds}}.',
      shown:
        'The policy {{policy}} lets {{roles}} {{commands}} every row of {{table}} that they can see: its {{clause}} {{holds}}. A statement with a WHERE meets {{rows}}.',
      insert:
        'The policy {{policy}} lets {{roles}} add rows of any content to {{table}}: its {{clause}} {{holds}}. Rows that are there already it does not touch.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['splinter:0024'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const { access: open = [], holds = '' } = openPolicy(graph, policy, settings) ?? {};
      const access = open.filter(({ commands }) => commands.some((each) => each !== 'select'));
      if (access.length === 0) return;
      const written = new Set<RowCommand>(access.flatMap(({ commands }) => commands));
      const isInsertOnly = [...written].every((each) => each === 'insert');
      const table = graph.get('table', policy.table);
      const fix = fixFor(policy, table, settings.platform === 'supabase');
      const about = { entity: policy, ...(fix === undefined ? {} : { fix }) };
      const data = {
        policy: quoteIdentifier(policy.name),
        roles: clientsOf(access),
        table: brief(table.name),
        holds,
        clause: isInsertOnly && policy.check !== null ? 'WITH CHECK' : 'USING',
      };
      // Whoever asks that somebody is signed in has thought of who may add rows.
      const inserting = holds === 'is always true' ? 'high' : 'medium';
      if (isInsertOnly) {
        report({ ...about, message: 'insert', data, severity: inserting });
        return;
      }
      // For audit-log-mutable, which leaves such policies to this rule.
      const changed = isAuditTrail(graph, table) ? `the log ${data.table}` : data.table;
      const writing = { ...data, table: changed, commands: commandsText(written) };
      // A statement that reads a column (WHERE, RETURNING) meets what the SELECT policies let through (docs, CREATE POLICY).
      const seeing = access.filter((each) => written.has('select') || seesEveryRow(graph, each, table));
      if (seeing.length > 0) {
        report({ ...about, message: 'write', data: { ...writing, roles: clientsOf(seeing) } });
        return;
      }
      const showing = access.flatMap((each) => admittingPolicies(graph, table, 'select', each));
      const isOwn = showing.every(({ using }) => using !== null && asksCaller(graph, using.tree, using));
      const rows =
        showing.length > 0 ? 'only what the SELECT policies show' : 'none, as no SELECT policy shows them any';
      report({
        ...about,
        message: 'shown',
        data: { ...writing, rows },
        severity: isOwn ? 'high' : 'critical',
      });
    },
  },
});

/** Policies that are named for the service role are nobody else's. */
function fixFor(policy: EntityOf<'policy'>, table: EntityOf<'table'>, isSupabase: boolean): Fix | undefined {
  if (!isSupabase || !isNamedForServiceRole(policy)) return undefined;
  return {
    title: 'Give the policy to the service role, as its name says',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${table.name} to service_role;`,
  };
}
