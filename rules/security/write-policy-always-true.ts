import {
  andList,
  type BoundExpression,
  brief,
  clientAccess,
  defineRule,
  type EntityOf,
  type Fix,
  foldBoolean,
  policiesFor,
  quoteIdentifier,
  ROW_COMMANDS,
  type RowCommand,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type WriteCommand = Exclude<RowCommand, 'select'>;

export default defineRule({
  meta: {
    id: 'write-policy-always-true',
    category: 'security',
    severity: 'critical',
    summary: 'A permissive policy lets client roles write any row.',
    why: 'Permissive policies are joined by OR: one that is always true makes all others for the command pointless. Whoever has the public key of the app can then change or delete what belongs to everybody else.',
    remedy:
      'Say whose rows may be written, by a comparison with the caller. What is meant for the service key needs no policy at all: service_role bypasses row security. For UPDATE, DELETE and ALL it is USING that picks the rows; a clause that is missing admits nothing and is not reported here.',
    messages: {
      write: 'The policy {{policy}} lets {{roles}} {{commands}} every row of {{table}}: its {{clause}} is always true.',
      insert:
        'The policy {{policy}} lets {{roles}} add rows of any content to {{table}}: its {{clause}} is always true. Rows that are there already it does not touch.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['splinter:0024'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      if (!policy.isPermissive || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      const open = WRITES.filter((command) => isTrue(deciding(policy, command)));
      if (open.length === 0) return;
      const access = clientAccess(graph, table, settings.clientRoles)
        .map(({ name, role, commands }) => ({
          name: name === 'public' ? 'every role' : name,
          reads: commands.includes('select'),
          commands: open.filter((command) => {
            const policies = policiesFor(graph, table, command, role);
            return (
              commands.includes(command) &&
              policies.includes(policy) &&
              !policies.some((each) => restricts(each, command))
            );
          }),
        }))
        .filter(({ commands }) => commands.length > 0);
      if (access.length === 0) return;
      const written = new Set<RowCommand>(access.flatMap(({ commands }) => commands));
      const isInsertOnly = written.size === 1 && written.has('insert');
      if (policy.command === 'all' && !isInsertOnly && access.some(({ reads }) => reads)) written.add('select');
      const fix = fixFor(policy, table, settings.platform === 'supabase');
      const about = { entity: policy, ...(fix === undefined ? {} : { fix }) };
      const data = {
        policy: quoteIdentifier(policy.name),
        roles: andList(access.map(({ name }) => name)),
        table: brief(table.name),
        clause: isInsertOnly && policy.check !== null ? 'WITH CHECK' : 'USING',
      };
      if (isInsertOnly) report({ ...about, message: 'insert', data, severity: 'high' });
      else {
        const commands = andList(ROW_COMMANDS.filter((each) => written.has(each)).map((each) => VERBS[each]));
        report({ ...about, message: 'write', data: { ...data, commands } });
      }
    },
  },
});

const WRITES = ['insert', 'update', 'delete'] as const;
const VERBS = { select: 'read', insert: 'add', update: 'change', delete: 'delete' } as const;

/** The clause that decides which rows the command may write (docs, CREATE POLICY, table 300). */
function deciding(policy: Policy, command: WriteCommand): BoundExpression | null {
  if (policy.command !== 'all' && policy.command !== command) return null;
  return command === 'insert' ? (policy.check ?? policy.using) : policy.using;
}

function isTrue(expression: BoundExpression | null): boolean {
  return expression !== null && foldBoolean(expression.tree) === true;
}

/** A restrictive policy that says more than true decides in the permissive one's place. */
function restricts(policy: Policy, command: WriteCommand): boolean {
  const expression = deciding(policy, command);
  return !policy.isPermissive && expression !== null && !isTrue(expression);
}

/** Policies that are named for the service role are nobody else's. */
function fixFor(policy: Policy, table: EntityOf<'table'>, isSupabase: boolean): Fix | undefined {
  if (!isSupabase || !/service[\s_-]*role/i.test(policy.name)) return undefined;
  return {
    title: 'Give the policy to the service role, as its name says',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${table.name} to service_role;`,
  };
}
