import {
  blockedSignUp,
  brief,
  callerlessInsert,
  clientsOf,
  closedToOwner,
  defineRule,
  ENTITLEMENT_NAMES,
  grantedOneself,
  isNullable,
  isOpenForm,
  isStorageObjects,
  narrowerWays,
  openPolicy,
  quoteIdentifier,
  relatedAt,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'blocked-sign-up',
    category: 'security',
    severity: 'high',
    recommended: true,
    summary:
      'Any user can keep a stranger from signing up, by writing their e-mail address into a unique column first.',
    why: 'A trigger on auth.users that copies the new user’s address into a unique column runs in the transaction of the sign-up. Where a row has the address already, its INSERT fails (23505), and the sign-up with it: "Database error saving new user". Where clients write that column themselves, each of them decides who may have an account.',
    remedy:
      'Leave the column out of what clients may change (REVOKE UPDATE, GRANT UPDATE on the other columns): a WITH CHECK that asks for their own address locks out whoever has changed theirs or has none. In rows that they add, let them write no address but their own. An ON CONFLICT in the trigger’s function helps the sign-up too, but leaves the address with whoever wrote it first.',
    scope: [
      'Not reported where the function catches the error or asks first, where the key is partial, policies that are always true (write-policy-always-true tells of those), and where a trigger, a restrictive policy or WITH CHECK looks at the column.',
    ],
    messages: {
      blocked:
        'By the policy {{policy}} {{clients}} may {{write}} {{table}} rows with any {{column}}, which is unique, and into which the trigger {{trigger}} copies the address of each new user: whoever writes a stranger’s there keeps them from signing up (23505).',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns', 'indexes'],
    references: ['https://supabase.com/docs/guides/auth/managing-user-data#using-triggers'],
  },
  visit: {
    policy(policy, { graph, settings, texts, report }) {
      const table = graph.get('table', policy.table);
      const found = isStorageObjects(table) ? undefined : blockedSignUp(graph, policy, settings.clientRoles);
      if (found === undefined) return;
      const { column, trigger, access, command, ways } = found;
      // write-policy-always-true tells of it: of rows of any content.
      const open = openPolicy(graph, policy, settings)?.access ?? [];
      const isOpen = open.some(({ commands }) => commands.includes(command));
      if (isOpen && !isOpenForm(graph, table, [policy], open, texts)) return;
      report({
        entity: policy,
        message: 'blocked',
        data: {
          policy: quoteIdentifier(policy.name),
          clients: clientsOf(access),
          write: command === 'insert' ? 'add' : 'change',
          table: brief(table.name),
          column: quoteIdentifier(column.name),
          trigger: quoteIdentifier(trigger.name),
        },
        related: relatedAt(trigger, 'copies the address'),
        fix: () => {
          // The address of a user may have changed since, or be missing: no policy that asks for it lets him write his row then.
          if (command === 'update') {
            const others = grantedOneself(graph, policy, settings.clientRoles, ENTITLEMENT_NAMES);
            return closedToOwner(graph, policy, found, [column], settings.clientRoles, others);
          }
          // write-policy-without-caller writes the same clause; the next run gives this on what it mended.
          if (callerlessInsert(graph, policy, settings.clientRoles) !== undefined) return undefined;
          const own = sql`${column.name} = (select auth.jwt()) ->> 'email'`;
          const asked = isNullable(graph, column) ? sql`${column.name} is null` : undefined;
          const text = asked === undefined ? own : `${asked} or ${own}`;
          return narrowerWays(
            graph,
            policy,
            ways,
            [text],
            `Let clients write no ${quoteIdentifier(column.name)} but their own`,
          );
        },
      });
    },
  },
});
