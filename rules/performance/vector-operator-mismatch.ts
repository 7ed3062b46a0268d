import {
  andList,
  brief,
  classForOperator,
  defineRule,
  display,
  distanceOperator,
  type EntityOf,
  type Fix,
  quoteIdentifier,
  raw,
  relatedAt,
  type SchemaGraph,
  spoken,
  sql,
  type VectorSearch,
  vectorIndexesOn,
  vectorSearches,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'vector-operator-mismatch',
    category: 'performance',
    severity: 'high',
    summary: 'A function or view orders by a vector distance that no vector index on the column serves.',
    why: 'A vector index knows one distance, that of its operator class. ORDER BY another operator passes it by without a word: the query computes the distance to every row and sorts, while every insert pays for the index.',
    remedy:
      'Use one distance in both: the operator of the index in the query, or an index with the operator class of the query. Normalised vectors (those of OpenAI) rank alike by <=>, <#> and <->; thresholds on the value do not carry over.',
    messages: {
      one: '{{holder}} orders {{table}} by {{column}} {{operator}}, which {{index}} does not serve: it is built for {{served}}. Each call computes the distance to every row.',
      several:
        '{{holder}} orders {{table}} by {{column}} {{operator}}, which none of {{index}} serves: they are built for {{served}}. Each call computes the distance to every row.',
    },
    restsOn: ['indexes', 'columns', 'functions'],
    references: ['https://github.com/pgvector/pgvector#indexing'],
  },
  visit: {
    column(column, { graph, report }) {
      const searches = vectorSearches(graph, column.id);
      if (searches.length === 0) return;
      const indexes = vectorIndexesOn(graph, column);
      const served = new Set(indexes.map((each) => distanceOperator(graph, each)));
      if (indexes.length === 0 || served.has(undefined)) return;
      const relation = graph.find(column.relation);
      if (relation?.kind !== 'table' && relation?.kind !== 'materializedView') return;
      const missed = [...new Set(searches.map(({ distance }) => distance.operator))].filter(
        (each) => !served.has(each),
      );
      for (const operator of missed) {
        const [first, ...others] = searches.filter(({ distance }) => distance.operator === operator);
        if (first === undefined) continue;
        const { holder, distance } = first;
        const data = {
          holder: spoken(holder),
          table: brief(relation.name),
          column: quoteIdentifier(column.name),
          operator,
          index: andList(indexes.map((each) => quoteIdentifier(each.name.name))),
          served: andList([...served].flatMap((each) => each ?? [])),
        };
        const about = {
          entity: holder,
          ...(distance.at === null ? {} : { origin: { from: 'statement', at: distance.at } as const }),
          discriminator: `${column.name} ${operator}`,
          related: relatedTo(indexes, others),
          fix: () => fixFor(graph, column, operator),
        };
        if (indexes.length === 1) report({ ...about, message: 'one', data });
        else report({ ...about, message: 'several', data });
      }
    },
  },
});

function relatedTo(indexes: readonly EntityOf<'index'>[], others: readonly VectorSearch[]) {
  return [
    ...indexes.flatMap((each) => relatedAt(each, 'the index, built for another distance')),
    ...others.flatMap(({ distance }) => (distance.at === null ? [] : [{ note: 'orders by it too', at: distance.at }])),
  ];
}

function fixFor(graph: SchemaGraph, column: Column, operator: string): Fix | undefined {
  const opclass = classForOperator(column, operator);
  const relation = graph.find(column.relation);
  if (opclass === undefined || (relation?.kind !== 'table' && relation?.kind !== 'materializedView')) return undefined;
  return {
    title: `Build an index for ${operator}; drop the other one if nothing outside the schema uses it`,
    safety: 'review',
    sql: sql`create index on ${relation.name} using hnsw (${column.name} ${raw(display(opclass))});`,
  };
}
