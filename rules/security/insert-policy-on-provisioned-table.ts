import {
  andList,
  brief,
  callerComparisons,
  defineRule,
  type EntityId,
  type EntityOf,
  isUnderRowSecurity,
  openTo,
  policyAudience,
  quoteIdentifier,
  ROW_COMMANDS,
  rowOf,
  rowsProvisionedBy,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'insert-policy-on-provisioned-table',
    category: 'security',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'Rows are made by a trigger on their parent, yet a policy lets clients add them as well.',
    why: 'There is one row for each parent, and the trigger has made it. An INSERT of a client then fails on the key, or, where the trigger did not run or the row was deleted, makes the row with whatever role, plan or balance the client writes into it.',
    remedy:
      'Drop the INSERT policy; clients change what the trigger made by an UPDATE policy. Keep it where the app relies on upsert, which needs it even for rows that are there.',
    messages: {
      both: 'The trigger {{trigger}} makes {{row}} for each {{parent}} row, yet the policy {{policy}} lets {{roles}} add {{table}} rows too, with contents of their own.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions'],
    references: ['https://supabase.com/docs/guides/auth/managing-user-data#using-triggers'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      if (policy.command !== 'insert' || !policy.isPermissive || policy.check === null) return;
      if (openTo(graph, policy, ROW_COMMANDS, settings.clientRoles).length > 0) return;
      const compared = new Set(callerComparisons(graph, policy.check).map(({ column }) => column));
      const provisioned = rowsProvisionedBy(graph, policy.table).find(({ key }) => compared.has(key));
      if (provisioned === undefined) return;
      const table = graph.get('table', policy.table);
      // A trigger that runs as whoever made the parent needs this very policy.
      if (!writesAsOwner(graph, provisioned.trigger, table)) return;
      const access = policyAudience(graph, policy, settings.clientRoles);
      if (access.length === 0) return;
      const { trigger } = provisioned;
      const hasOthers = graph.ownedBy(table.id, 'policy').length > 1;
      report({
        entity: policy,
        message: 'both',
        data: {
          policy: quoteIdentifier(policy.name),
          table: brief(table.name),
          row: rowOf(brief(table.name)),
          parent: nameOf(trigger.relation),
          trigger: quoteIdentifier(trigger.name),
          roles: andList(access.map(({ name }) => (name === 'public' ? 'every role' : name))),
        },
        related:
          trigger.origin.from === 'statement'
            ? [{ note: `trigger ${quoteIdentifier(trigger.name)}`, at: trigger.origin.at }]
            : [],
        ...(hasOthers
          ? {
              fix: {
                title: 'Leave making rows to the trigger',
                safety: 'review',
                sql: sql`drop policy ${policy.name} on ${table.name};`,
              },
            }
          : {}),
      });

      function nameOf(relation: EntityId): string {
        const parent = graph.find(relation) as EntityOf<'table'> | undefined;
        return parent === undefined ? 'parent' : brief(parent.name);
      }
    },
  },
});

/** Does the trigger's function add its rows past the policies of the table: with the rights of an owner whom they do not limit? */
function writesAsOwner(graph: SchemaGraph, trigger: EntityOf<'trigger'>, table: EntityOf<'table'>): boolean {
  const routine = trigger.function === null ? undefined : graph.find(trigger.function);
  return (
    routine?.kind === 'function' && routine.security === 'definer' && !isUnderRowSecurity(graph, routine.owner, table)
  );
}
