import {
  andList,
  clientsOf,
  defineRule,
  droppedText,
  failingText,
  type LostPolicy,
  lostDeeds,
  lostPolicies,
  policiesAgain,
  policyOf,
  quoteIdentifier,
  relatedAt,
  type SchemaGraph,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'lost-policy',
    category: 'security',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A CASCADE took a policy with it, and it was not made again.',
    why: 'DROP FUNCTION … CASCADE drops the policies that call the function, and says so in a NOTICE only. Where the function is made again right behind it, the policies are not: what they let clients do is refused from then on, an INSERT with 42501, anything else by finding no row; what a restrictive one kept back is open.',
    remedy:
      'Make the policy again, or drop it by name where nobody wants it. Next time use CREATE OR REPLACE FUNCTION, or drop and make the policies in the same file.',
    scope: [
      'Reported where what the policy used was made again, where others that went with it were, or where a function that clients call needs it; not where a policy for the same command was made since, where another one admits the same role, or where a SECURITY DEFINER function does the same for clients.',
      'High where a function fails, and where a restrictive policy is gone.',
    ],
    messages: {
      taken:
        'Dropping {{dropped}} with CASCADE took {{policies}} with it, and nothing was put in {{whose}} place: no policy lets {{roles}} {{deeds}} any more{{fails}}.',
      opened:
        'Dropping {{dropped}} with CASCADE took {{policies}} with it ({{restrictive}}), and nothing was put in {{whose}} place: {{roles}} may {{deeds}} that {{they}} refused.',
    },
    restsOn: ['existence', 'policies', 'rowSecurity', 'privileges', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-depend.html'],
    needs: ['history'],
  },
  visit: {
    graph(graph, { journal, statements, settings, report }) {
      for (const all of lostPolicies(graph, journal, statements, settings)) {
        const [{ by, taken, table }] = all;
        const isWorse = !taken.isPermissive || all.some(({ failing }) => failing.length > 0);
        report({
          entity: table,
          origin: { from: 'statement', at: by.at },
          discriminator: taken.name,
          ...(taken.isPermissive
            ? { message: 'taken', data: { ...said(graph, all), fails: failingText(all) } }
            : { message: 'opened', data: { ...said(graph, all), ...restrictiveText(all) } }),
          ...(isWorse ? { severity: 'high' } : {}),
          related: all.flatMap((each) => relatedAt(each.taken, `${quoteIdentifier(each.taken.name)} as it was`)),
          fix: () => policiesAgain(graph, all),
        });
      }
    },
  },
});

function said(graph: SchemaGraph, all: readonly LostPolicy[]) {
  return {
    dropped: droppedText(graph, all[0]?.used[0]),
    policies: andList(
      all.map((each) => policyOf(graph, each.taken)),
      3,
    ),
    roles: clientsOf([...new Set(all.flatMap(({ roles }) => roles))].map((name) => ({ name }))),
    deeds: lostDeeds(all),
    whose: all.length === 1 ? 'its' : 'their',
  };
}

function restrictiveText({ length }: readonly LostPolicy[]) {
  return length === 1
    ? { restrictive: 'a restrictive one', they: 'it' }
    : { restrictive: 'restrictive ones', they: 'they' };
}
