import {
  andList,
  brief,
  type CrowdCase,
  crowdMerged,
  defineRule,
  loneCondition,
  policiesOfCrowd,
  policyCrowds,
  quoteIdentifier,
  relatedAt,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'multiple-permissive-policies',
    category: 'performance',
    severity: 'medium',
    summary: 'Several permissive policies decide about one command of one role on a table.',
    why: 'Postgres joins them by OR and works each one out for every row that the ones before it do not admit. The OR also keeps an index on the column of any single one from being used alone.',
    remedy:
      'Put their conditions into one policy for each command and role, TO authenticated where each of them asks for a user. A policy that is only for the service key needs TO service_role, or none at all, as that role bypasses row security. Policies for different roles do not add up as long as TO names them.',
    scope: [
      'Not reported: policies that admit nothing, and tables where one of them is true for every row, since Postgres drops the others then.',
      'Crowds that only check new rows are low, and so are those of which Postgres itself keeps one condition, as the others ask for the same and more.',
      'No fix is given where another finding says that one of them lets in whom it should not: joined with the others, or kept in their place, it would be harder to mend.',
    ],
    messages: {
      several: 'Each row of {{table}} is checked against {{count}} permissive policies when {{when}}: {{policies}}.',
      spare:
        'Of {{policies}} on {{table}} one is enough when {{when}}: {{lone}} lets all of that through, and its condition is the only one that Postgres works out.',
      cases: 'Each row of {{table}} is checked against several permissive policies: {{cases}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['splinter:0006'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    table(table, { graph, settings, report }) {
      for (const crowd of policyCrowds(graph, table, settings.clientRoles)) {
        const [first] = crowd.cases;
        const policies = policiesOfCrowd(crowd);
        const last = policies.reduce((latest, each) => (each.id > latest.id ? each : latest));
        const checked = crowd.cases.filter((each) => loneCondition(each) === undefined);
        const isRare = checked.every(({ commands }) => commands.every((each) => each === 'insert'));
        const about = {
          entity: table,
          origin: last.origin,
          severity: isRare ? 'low' : 'medium',
          discriminator: first.commands.join(' '),
          related: policies.filter((each) => each !== last).flatMap((each) => relatedAt(each, 'counts as well')),
          fixTrusts: policies,
          fix: () => crowdMerged(graph, table, crowd, settings.clientRoles),
        } as const;
        const data = { table: brief(table.name) };
        const [one, another] = checked;
        if (one === undefined) {
          const { when, names } = shown(first);
          const lone = quoteIdentifier(loneCondition(first)?.name ?? '');
          report({ ...about, message: 'spare', data: { ...data, lone, when, policies: names } });
        } else if (another === undefined) {
          const { count, when, names } = shown(one);
          report({ ...about, message: 'several', data: { ...data, count, when, policies: names } });
        } else {
          const cases = checked.map(shown).map((each) => `${each.count} when ${each.when} (${each.names})`);
          report({ ...about, message: 'cases', data: { ...data, cases: andList(cases, MOST_SHOWN) } });
        }
      }
    },
  },
});

/** Of very many cases the first. */
const MOST_SHOWN = 4;

function shown({ policies, roles, commands }: CrowdCase) {
  const verbs = commands.map((each) => (roles.length === 1 ? SINGULAR[each] : PLURAL[each]));
  return {
    count: policies.length,
    when: `${andList(roles)} ${andList(verbs)}`,
    names: andList(policies.map((each) => quoteIdentifier(each.name))),
  };
}

const SINGULAR = { select: 'reads', insert: 'inserts', update: 'updates', delete: 'deletes' } as const;
const PLURAL = { select: 'read', insert: 'insert', update: 'update', delete: 'delete' } as const;
