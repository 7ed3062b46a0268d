import {
  andList,
  brief,
  defineRule,
  isNamed,
  type MultipliedSum,
  multipliedSums,
  quoteIdentifier,
  type SchemaGraph,
  WORTH,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'multiplied-sum',
    category: 'integrity',
    severity: 'medium',
    summary:
      'A query sums over two tables that are joined to the same row, and each row counts as often as the other table has rows.',
    why: 'A join puts each row of the one beside each row of the other: two payments and three refunds of one order are six rows, in which each payment stands three times. It shows only once something has more than one row in both tables, and every total is wrong from then on.',
    remedy:
      'Sum each table by itself, in a subselect in the select list or in a subselect that is grouped by the key, and join those.',
    scope: [
      'Not reported: tables of which a key, also a partial one, leaves one row, aggregates with DISTINCT, groups by something of one of the two, and queries with USING, subselects or functions in FROM.',
    ],
    messages: {
      multiplied:
        '{{holder}} {{deeds}} in one join: for one {{parent}} row each row of {{one}} counts once for each of {{other}}, and the other way round, so that both come to too much where there are several.',
    },
    restsOn: ['columns', 'constraints', 'indexes', 'functions'],
    references: ['https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-JOIN'],
  },
  visit: {
    graph(graph, { report }) {
      for (const found of multipliedSums(graph)) {
        const { holder, query, one, other, common } = found;
        if (holder.kind !== 'view' && holder.kind !== 'materializedView' && holder.kind !== 'function') continue;
        const isMoney = [one, other].some(
          (each) => each.name === 'sum' && each.columns.some(({ name }) => isNamed(name, WORTH)),
        );
        report({
          entity: holder,
          ...(query.at === null ? {} : { origin: { from: 'statement', at: query.at } as const }),
          ...(isMoney ? { severity: 'high' as const } : {}),
          message: 'multiplied',
          data: {
            holder: brief(holder.name),
            deeds: andList([one, other].map((each) => deedText(graph, found, each))),
            parent: brief(common.name),
            one: tableIn(graph, found, one),
            other: tableIn(graph, found, other),
          },
          discriminator: `${tableIn(graph, found, one)} ${tableIn(graph, found, other)}`,
        });
      }
    },
  },
});

/** Of one table that is there twice, what the query calls it. */
function nameIn(graph: SchemaGraph, { one, other }: MultipliedSum, each: MultipliedSum['one']): string {
  return one.table === other.table ? quoteIdentifier(each.alias) : brief(graph.get('table', each.table).name);
}

function tableIn(graph: SchemaGraph, found: MultipliedSum, each: MultipliedSum['one']): string {
  const name = nameIn(graph, found, each);
  return found.one.table === found.other.table ? `${brief(graph.get('table', each.table).name)} ${name}` : name;
}

function deedText(graph: SchemaGraph, found: MultipliedSum, each: MultipliedSum['one']): string {
  const columns = each.columns.map(({ name }) => `${nameIn(graph, found, each)}.${quoteIdentifier(name)}`);
  return `${each.name === 'sum' ? 'sums' : 'counts'} ${andList(columns)}`;
}
