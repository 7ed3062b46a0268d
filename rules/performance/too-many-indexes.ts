import {
  andList,
  brief,
  counted,
  defineRule,
  type EntityOf,
  indexesOfNewRow,
  isUsersOwn,
  MANY_INDEXES,
  quoteIdentifier,
  type SchemaGraph,
  spareIndex,
  uniqueKeyBefore,
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
        '{{table}} has {{count}} indexes that each new row is written to{{besides}}. Another one does the work of {{spare}}: without {{them}} there are {{left}}.{{room}}',
      plain: '{{table}} has {{count}} indexes that each new row is written to{{besides}}: {{names}}.{{room}}',
    },
    optionDocs: {
      max: 'How many indexes a table may have that each new row is written to, those of keys and constraints included.',
    },
    restsOn: ['indexes', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/storage-hot.html'],
  },
  defaults: { max: MANY_INDEXES },
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
      const room = roomIn(
        graph,
        indexes.filter((each) => !spare.includes(each)),
      );
      const data = { table: brief(table.name), count: indexes.length, besides, room };
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

/** Which of them could go before others: an index-only scan is all that they are good for. */
function roomIn(graph: SchemaGraph, indexes: readonly Index[]): string {
  const behind = indexes.flatMap((index) => {
    const key = uniqueKeyBefore(graph, index);
    return key === undefined ? [] : [`${quoteIdentifier(index.name.name)} (behind ${quoteIdentifier(key.name.name)})`];
  });
  if (behind.length === 0) return '';
  const [begin, find] = behind.length === 1 ? ['begins', 'finds'] : ['begin', 'find'];
  return ` ${andList(behind, NAMED)} ${begin} with all columns of a unique key and ${find} no row that it does not: drop such first, unless they spare a look at the table.`;
}

function named(indexes: readonly Index[]): string {
  return andList(
    indexes.map((each) => quoteIdentifier(each.name.name)),
    NAMED,
  );
}
