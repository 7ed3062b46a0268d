import {
  andList,
  brief,
  callerlessWrite,
  clientsOf,
  commandsText,
  defineRule,
  isStorageObjects,
  openPolicy,
  quoteIdentifier,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'write-policy-without-caller',
    category: 'security',
    severity: 'high',
    summary: 'A policy lets clients change or delete rows in some state, and never asks whose they are.',
    why: "A condition such as status = 'open' says which rows, not who: whoever has the public key of the app may change everything in them, or delete them, as long as they are in that state.",
    remedy:
      'Compare a column of the row with the caller beside it, or say in WITH CHECK what the row has to become, tied to the caller (taken_by = auth.uid()): that is not reported. Nor are rows that the SELECT policies show to their owner only, what a restrictive policy or a trigger holds back, and what is always true (write-policy-always-true). Critical where no account is needed, but for the change of rows that are only asked to be without a value (unclaimed ones).',
    messages: {
      written:
        'By the policy {{policy}} {{roles}} may {{commands}} any {{table}} row for which {{asked}}: it asks nothing of who they are{{weight}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const table = graph.get('table', policy.table);
      if (isStorageObjects(table) || openPolicy(graph, policy, settings) !== undefined) return;
      const write = callerlessWrite(graph, policy, settings.clientRoles);
      if (write === undefined) return;
      const { access, asked } = write;
      const isPublic = access.some(({ name }) => name === 'anon');
      // What is nobody's yet is mostly there to be taken by somebody.
      const isUnclaimed =
        asked.every(({ tree }) => 'NullTest' in tree) && access.every((each) => !each.commands.includes('delete'));
      const isCritical = isPublic && !isUnclaimed;
      report({
        entity: policy,
        message: 'written',
        data: {
          policy: quoteIdentifier(policy.name),
          roles: clientsOf(access),
          commands: commandsText(access.flatMap((each) => each.commands)),
          table: brief(table.name),
          asked: andList(asked.map(({ text }) => text.replace(/\s+/g, ' '))),
          weight: isPublic ? `, not even for an account${isCritical ? ', which is why this is critical' : ''}` : '',
        },
        severity: isCritical ? 'critical' : 'high',
      });
    },
  },
});
