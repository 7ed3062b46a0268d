import {
  brief,
  type Change,
  clientAccess,
  clientsOf,
  defineRule,
  type EntityOf,
  isSecuredByEventTrigger,
  type Origin,
  quoteIdentifier,
  rowSecurityOn,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;
type Publication = EntityOf<'publication'>;

export default defineRule({
  meta: {
    id: 'realtime-table-without-rls',
    category: 'security',
    severity: 'high',
    summary: 'A table whose changes Realtime sends to clients has row security off.',
    why: 'Realtime asks the policies of a table, for each subscriber, who may see a changed row. With row security off it asks nobody: whoever may select from the table gets every row that is added, changed or deleted, as it happens.',
    remedy:
      'Turn row security on and write a SELECT policy for what subscribers may see, or take the table out of the publication. Where the API serves the table as well, rls-disabled (or policies-without-rls) stands beside this: turning row security on closes both.',
    messages: {
      published:
        '{{roles}} may follow every change of {{table}}: it is in the publication {{publication}} and its row security is off.',
    },
    restsOn: ['rowSecurity', 'privileges'],
    references: ['https://supabase.com/docs/guides/realtime/postgres-changes'],
    optionDocs: { publications: 'The publications whose changes are sent to clients.' },
  },
  defaults: { publications: ['supabase_realtime'] },
  visit: {
    table(table, { graph, settings, options, journal, report }) {
      if (table.rowSecurity || !graph.isKnown(table, 'rowSecurity') || table.persistence !== 'permanent') return;
      if (table.setBy.rowSecurity === undefined && isSecuredByEventTrigger(graph, table)) return;
      const publication = options.publications
        .flatMap((name) => graph.global('publication', name) ?? [])
        .find(
          (each) => each.publishes.length > 0 && isPublished(each, table, graph.global('schema', table.name.schema)),
        );
      if (publication === undefined) return;
      const readers = clientAccess(graph, table, settings.clientRoles).filter(({ commands }) =>
        commands.includes('select'),
      );
      if (readers.length === 0) return;
      const added = additionOf(journal, publication, table);
      report({
        entity: table,
        ...(added === undefined ? {} : { origin: added }),
        message: 'published',
        data: {
          roles: clientsOf(readers, true),
          table: brief(table.name),
          publication: quoteIdentifier(publication.name),
        },
        fix: () => rowSecurityOn(graph, [table], CLOSED, settings.clientRoles),
      });
    },
  },
});

const CLOSED = 'Turn row security on: subscribers then see nothing until policies let them';

function isPublished(publication: Publication, table: Table, schema: EntityOf<'schema'> | undefined): boolean {
  return (
    publication.allTables ||
    publication.tables.some((each) => each.table === table.id) ||
    (schema !== undefined && publication.schemas.includes(schema.id))
  );
}

/** The last statement that put the table on the list of the publication; undefined where it is not listed by itself. */
function additionOf(journal: readonly Change[], { id }: Publication, table: Table): Origin | undefined {
  const lists = (publication: Change | Publication | undefined): boolean =>
    publication !== undefined && 'tables' in publication && publication.tables.some((each) => each.table === table.id);
  const change = journal.findLast((each) => {
    if ((each.type !== 'created' && each.type !== 'altered') || each.after.id !== id) return false;
    return lists(each.after as Publication) && !(each.type === 'altered' && lists(each.before as Publication));
  });
  return change === undefined || !('by' in change) ? undefined : { from: 'statement', at: change.by.at };
}
