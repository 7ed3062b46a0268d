import {
  andList,
  branchOpenToNobody,
  brief,
  clausesOf,
  clientsOf,
  commandsText,
  defineRule,
  type EntityId,
  type EntityOf,
  guestsRowsOnly,
  mayReadEveryRow,
  type Nobody,
  nobodysName,
  placeOf,
  policiesFor,
  policyAudience,
  quoteIdentifier,
  type RowCommand,
  restricts,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Clause = 'USING' | 'WITH CHECK';

export default defineRule({
  meta: {
    id: 'inverted-auth-check',
    category: 'security',
    severity: 'critical',
    summary: 'A policy lets pass whoever is not signed in.',
    why: 'For a request without a user auth.uid() is NULL, and current_setting(…, true) where nobody made the setting. A branch such as auth.uid() IS NULL OR … is then true for every row, so that those who say nothing about themselves get more than those who do. It is often written for the server, whose service_role bypasses row security and needs no branch. One that then only looks up the author whom the row names lets them write as anybody.',
    remedy:
      'Leave the branch out, or name the role it is meant for with TO. Rows that are meant for everybody are better told by a column of theirs than by who asks.',
    scope: ['A policy that is only auth.uid() IS NULL is taken to mean the signed-out, and not reported.'],
    messages: {
      signedOut:
        'The policy {{policy}} lets {{roles}} {{commands}} every row of {{table}} without signing in: its {{clause}} true for whoever has no user.',
      unset:
        'The policy {{policy}} lets {{roles}} {{commands}} every row of {{table}} in a session that did not make the setting: its {{clause}} true then.',
      named:
        'The policy {{policy}} lets {{roles}} add rows to {{table}} in the name of others without signing in: where there is no user, its WITH CHECK only looks up what they write into {{column}} themselves.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['pgrls:SEC004'],
    references: ['https://supabase.com/docs/guides/database/postgres/row-level-security#authuid'],
  },
  visit: {
    policy(policy, { graph, settings, texts, report }) {
      if (!policy.isPermissive) return;
      for (const nobody of ['signedOut', 'unset'] as const) {
        const open = openClauses(policy, nobody);
        const [first] = open;
        if (first === undefined) continue;
        const access = policyAudience(graph, policy, settings.clientRoles).flatMap(({ name, role, commands }) => {
          // Requests of this role come with a user.
          if (nobody === 'signedOut' && name === 'authenticated') return [];
          const passed = commands.filter(
            (each) => open.some(({ name: clause }) => clause === clauseFor(policy, each)) && !isRestricted(each, role),
          );
          return passed.length === 0 ? [] : [{ name, commands: passed }];
        });
        if (access.length === 0) continue;
        const commands = new Set(access.flatMap((each) => each.commands));
        const data = {
          policy: quoteIdentifier(policy.name),
          table: brief(graph.get('table', policy.table).name),
          roles: clientsOf(access),
          commands: commandsText(commands),
          clause: `${andList(open.map(({ name }) => name))} ${open.length === 1 ? 'is' : 'are'}`,
        };
        const at = placeOf(first.expression, first.branch);
        const about = { entity: policy, ...(at === null ? {} : { origin: { from: 'statement', at } as const }) };
        if (nobody === 'unset') report({ ...about, message: 'unset', data });
        else
          report({
            ...about,
            message: 'signedOut',
            data,
            fix: () => guestsRowsOnly(graph, policy, first.branch, texts) ?? fixFor(policy, graph),
          });
        return;
      }
      const named = policy.check === null ? undefined : nobodysName(graph, policy.check);
      if (policy.check === null || named === undefined) return;
      const adding = policyAudience(graph, policy, settings.clientRoles).filter(
        ({ name, role, commands }) =>
          name !== 'authenticated' &&
          commands.includes('insert') &&
          !isRestricted('insert', role) &&
          named.reads.every((each) => isReadBy(each, role)),
      );
      if (adding.length === 0) return;
      const at = placeOf(policy.check, named.branch);
      report({
        entity: policy,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        message: 'named',
        data: {
          policy: quoteIdentifier(policy.name),
          table: brief(graph.get('table', policy.table).name),
          roles: clientsOf(adding),
          column: quoteIdentifier(graph.get('column', named.column).name),
        },
        fix: () => fixFor(policy, graph),
      });

      function isReadBy(id: EntityId, role: Policy['roles'][number]): boolean {
        const table = graph.find(id);
        return table?.kind === 'table' && mayReadEveryRow(graph, role, table) === true;
      }

      function isRestricted(command: RowCommand, role: Policy['roles'][number]): boolean {
        const table = graph.get('table', policy.table);
        return policiesFor(graph, table, command, role).some((each) => restricts(each, command));
      }
    },
  },
});

function openClauses(policy: Policy, nobody: Nobody) {
  return clausesOf(policy).flatMap(({ name, expression }) => {
    const branch = branchOpenToNobody(expression, nobody);
    return branch === undefined ? [] : [{ name, expression, branch }];
  });
}

function clauseFor({ check }: Policy, command: RowCommand): Clause {
  return command === 'insert' && check !== null ? 'WITH CHECK' : 'USING';
}

/** Whoever is left has a user, and the branch is never true. */
function fixFor(policy: Policy, graph: SchemaGraph) {
  const authenticated = graph.global('role', 'authenticated');
  const isForAll = policy.roles.some((each) => each === 'public' || each === authenticated?.id);
  if (authenticated === undefined || !isForAll) return undefined;
  return {
    title: 'Keep the policy for signed-in users (or leave the branch out)',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name} to authenticated;`,
  } as const;
}
