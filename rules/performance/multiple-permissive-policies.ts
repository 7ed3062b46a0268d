import { andList, brief, crowdMerged, defineRule, policyCrowds, quoteIdentifier } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'multiple-permissive-policies',
    category: 'performance',
    severity: 'medium',
    summary: 'Several permissive policies decide about one command of one role on a table.',
    why: 'Postgres joins them by OR and works each one out for every row that the ones before it do not admit. The OR also keeps an index on the column of any single one from being used alone.',
    remedy:
      'Put their conditions into one policy for each command and role. A policy that is only for the service key needs TO service_role, or none at all, as that role bypasses row security. Policies for different roles do not add up as long as TO names them. Not reported: policies that admit nothing, and tables where one of them is true for every row, since Postgres drops the others then. Crowds that only check new rows are low.',
    messages: {
      several:
        'Each row of {{table}} is checked against {{count}} permissive policies when {{roles}} {{commands}}: {{policies}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    equivalents: ['splinter:0006'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    table(table, { graph, settings, report }) {
      for (const crowd of policyCrowds(graph, table, settings.clientRoles)) {
        const last = crowd.policies.reduce((latest, each) => (each.id > latest.id ? each : latest));
        // One fix for a policy: a second one would find it gone, and comes by itself when the first is applied.
        const fix = crowd.isFirst ? () => crowdMerged(graph, table, crowd, settings.clientRoles) : undefined;
        report({
          entity: table,
          origin: last.origin,
          message: 'several',
          severity: crowd.commands.every((each) => each === 'insert') ? 'low' : 'medium',
          discriminator: crowd.commands.join(' '),
          data: {
            table: brief(table.name),
            count: crowd.policies.length,
            roles: andList(crowd.roles),
            commands: andList(crowd.commands.map((each) => (crowd.roles.length === 1 ? SINGULAR[each] : PLURAL[each]))),
            policies: andList(crowd.policies.map((each) => quoteIdentifier(each.name))),
          },
          related: crowd.policies.flatMap((each) =>
            each !== last && each.origin.from === 'statement' ? [{ note: 'counts as well', at: each.origin.at }] : [],
          ),
          ...(fix === undefined ? {} : { fix }),
        });
      }
    },
  },
});

const SINGULAR = { select: 'reads', insert: 'inserts', update: 'updates', delete: 'deletes' } as const;
const PLURAL = { select: 'read', insert: 'insert', update: 'update', delete: 'delete' } as const;
