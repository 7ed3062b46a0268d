import {
  andList,
  brief,
  counted,
  defineRule,
  type EntityOf,
  indexesOfNewRow,
  isUsersOwn,
  quoteIdentifier,
  spareIndex,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;

/** How many indexes a sentence names. */
const NAMED = 8;

export default defineRule({
  meta: {
    id: 'too-many-indexes',
    category: 'performance',
    severity: 'medium',
    summary: 'A table has more indexes that each new row is written to than the limit (12).',
    why: 'Every INSERT writes to each index, and so does every UPDATE that is no heap-only one: that takes all indexed columns to be unchanged, which is the rarer the more columns are indexed. Vacuum reads each index as a whole, and planning any query looks at all of them. Where dropping redundant indexes is enough, which redundant-index and its like report one by one, the finding is low.',
    remedy:
      'Drop the redundant ones first; pg_stat_user_indexes tells which of the rest no query uses. Queries that differ in the columns they filter by can often share one index whose keys come in the right order. A partial index counts where a new row with the defaults of its columns goes into it.',
    messages: {
      redundant:
        '{{table}} has {{count}} indexes that each new row is written to{{besides}}. Another one does the work of {{spare}}: without {{them}} there are {{left}}.',
      plain: '{{table}} has {{count}} indexes that each new row is written to{{besides}}: {{names}}.',
    },
    optionDocs: {
      max: 'How many indexes a table may have that each new row is written to, those of keys and constraints included.',
    },
    restsOn: ['indexes', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/storage-hot.html'],
  },
  defaults: { max: 12 },
  visit: {
    table(table, { graph, options, report }) {
      // The parts of a partitioned table have the indexes of the whole.
      if (graph.ownedBy(table.id, 'index').length <= options.max || table.partitionOf !== null) return;
      const indexes = indexesOfNewRow(graph, table.id);
      if (indexes.length <= options.max || !isUsersOwn(graph, table)) return;
      const spare = indexes.filter((each) => spareIndex(graph, each) !== undefined);
      const crossing = indexes[options.max];
      const partial = graph.ownedBy(table.id, 'index').length - indexes.length;
      const besides = partial === 0 ? '' : ` (and ${counted(partial, 'partial one')} that only some go into)`;
      const data = { table: brief(table.name), count: indexes.length, besides };
      const about = { entity: table, ...(crossing === undefined ? {} : { origin: crossing.origin }) };
      if (spare.length === 0) report({ ...about, message: 'plain', data: { ...data, names: named(indexes) } });
      else {
        const them = spare.length === 1 ? 'it' : 'them';
        const left = indexes.length - spare.length;
        // Their own findings say how to drop them: nothing else is left to do then.
        const severity = left <= options.max ? 'low' : 'medium';
        report({ ...about, message: 'redundant', data: { ...data, spare: named(spare), them, left }, severity });
      }
    },
  },
});

function named(indexes: readonly Index[]): string {
  return andList(
    indexes.map((each) => quoteIdentifier(each.name.name)),
    NAMED,
  );
}
