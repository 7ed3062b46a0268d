import {
  andList,
  authRows,
  brief,
  clientAccess,
  clientsOf,
  defineRule,
  isLastGranted,
  isOnlyCounted,
  mayReadEveryRow,
  ownerReads,
  revokeFromClients,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'materialized-view-exposed',
    category: 'security',
    severity: 'medium',
    summary: 'A materialized view in a schema that the API serves can be read by client roles.',
    why: 'A materialized view is filled with what its owner may read and has no row security of its own: whoever may select from it gets all of it, whatever the policies of the tables below say.',
    remedy:
      'Revoke it from the client roles, or keep it in a schema that the API does not serve, and hand out what each caller may see by a function or a view over it that filters by the caller.',
    scope: [
      'Low where a migration grants it by name to each role that may read it.',
      'One that shows rows of auth.users, or what else Supabase Auth keeps of people, is reported by auth-users-exposed.',
    ],
    messages: {
      secured:
        '{{roles}} may read all of {{view}} through the API, and it holds what {{owner}} sees of {{tables}}, past row security: a materialized view has none.',
      named:
        '{{roles}} may read all of {{view}} through the API, as a migration grants by name: a materialized view has no row security{{past}}.',
      plain: '{{roles}} may read all of {{view}} through the API: a materialized view has no row security.',
      same: '{{roles}} may read all of {{view}} through the API. Today they may read every row of {{tables}}, from which it is made, as well, which is why this is low.',
    },
    restsOn: ['privileges'],
    equivalents: ['splinter:0016'],
    references: ['https://supabase.com/docs/guides/database/database-linter?lint=0016_materialized_view_in_api'],
  },
  visit: {
    materializedView(view, { graph, statements, settings, report }) {
      if (!settings.exposedSchemas.includes(view.name.schema)) return;
      const readers = clientAccess(graph, view, settings.clientRoles).filter(({ commands }) =>
        commands.includes('select'),
      );
      const reads = ownerReads(graph, view).filter((each) => !isOnlyCounted(graph, each));
      if (readers.length === 0 || authRows(graph, view) !== undefined) return;
      const closed = reads.filter(({ table }) =>
        readers.some(({ role }) => mayReadEveryRow(graph, role, table) === false),
      );
      const isOpen = reads.every(({ table }) => readers.every(({ role }) => mayReadEveryRow(graph, role, table)));
      const namesOf = (list: typeof reads) => andList([...new Set(list.map(({ table }) => brief(table.name)))], 3);
      // What a migration grants by name is meant, and the next one that repeats it would give it back.
      const named = readers.filter(({ name }) => isLastGranted(statements, view.name, name, 'select'));
      const others = settings.clientRoles.filter((each) => !named.some(({ name }) => name === each));
      const isMended = named.length === 0 || (named.length < readers.length && !(reads.length > 0 && isOpen));
      const revoke = isMended ? revokeFromClients(graph, view, others) : undefined;
      const about = {
        entity: view,
        ...(revoke === undefined
          ? {}
          : { fix: { title: 'Take it from the client roles', safety: 'review', sql: revoke } as const }),
      };
      const data = { view: brief(view.name), roles: clientsOf(readers, true) };
      const owner = graph.get('role', view.owner).name;
      if (reads.length > 0 && isOpen) {
        report({ ...about, message: 'same', data: { ...data, tables: namesOf(reads) }, severity: 'low' });
      } else if (named.length === readers.length) {
        const past = closed.length === 0 ? '' : `, and this one holds what ${owner} sees of ${namesOf(closed)}`;
        report({ ...about, message: 'named', data: { ...data, past }, severity: 'low' });
      } else if (closed.length > 0) {
        report({ ...about, message: 'secured', data: { ...data, owner, tables: namesOf(closed) } });
      } else report({ ...about, message: 'plain', data });
    },
  },
});
