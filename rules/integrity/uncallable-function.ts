import { andList, brief, defineRule, raw, relatedAt, sql, uncallableFunctions } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'uncallable-function',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A function that asks which user calls may be called by no user.',
    why: 'Where ALTER DEFAULT PRIVILEGES takes EXECUTE from new functions, each that clients are to call needs a GRANT of its own. Without it CREATE FUNCTION succeeds, and each call of a signed-in user ends in 42501 (permission denied for function). The service key may call it, and is no user: auth.uid() is NULL then, and the answer empty or a refusal.',
    remedy: 'Grant EXECUTE to authenticated, or drop the function where nothing calls it.',
    scope: [
      'Reported are SECURITY DEFINER functions of schemas that the API serves, only where others are granted to clients by name. All of them are one finding.',
      'Not reported: what a GRANT or REVOKE names, or ON ALL FUNCTIONS IN SCHEMA has changed since it was made; what a policy, view, trigger or another function calls; and bodies that name service_role or have an answer for a caller who is no user.',
    ],
    messages: {
      closed:
        'No user may call {{functions}}, which {{ask}} which user calls: new functions are closed to clients here, and no GRANT opens {{them}}, as one does {{opened}}. Through the API each call fails with 42501.',
    },
    restsOn: ['functions', 'privileges'],
    references: [
      'https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html',
      'https://supabase.com/docs/guides/database/functions#function-privileges',
    ],
    needs: ['history'],
  },
  visit: {
    graph(graph, { journal, statements, settings, report }) {
      const found = uncallableFunctions(graph, { journal, statements }, settings);
      const [first, ...others] = found?.routines ?? [];
      if (found === undefined || first === undefined) return;
      const names = found.routines.map(({ name }) => `${brief(name)}()`);
      report({
        entity: first,
        message: 'closed',
        data: {
          functions: andList(names, 4),
          ask: others.length === 0 ? 'asks' : 'ask',
          them: others.length === 0 ? 'it' : 'them',
          opened: `${brief(found.opened.name)}()`,
        },
        related: [
          { note: 'closes new functions', at: found.by.at },
          ...others.flatMap((each) => relatedAt(each, 'neither may this one be called')),
        ],
        fix: () => {
          if (graph.global('role', 'authenticated') === undefined) return undefined;
          const grants = found.routines.map(
            (each) => sql`grant execute on function ${raw(graph.path(each))} to authenticated;`,
          );
          return {
            title: 'Let those call it who are signed in (leave out what nothing is to call)',
            safety: 'review',
            sql: grants.join('\n'),
          };
        },
      });
    },
  },
});
