import {
  andList,
  brief,
  classForOperator,
  defineRule,
  display,
  type EntityOf,
  estimatedRows,
  type Fix,
  isUsersOwn,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  spoken,
  sql,
  storedType,
  typeClass,
  vectorIndexesOn,
  vectorSearches,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'vector-column-unindexed',
    category: 'performance',
    severity: 'low',
    summary: 'A column of vectors has no approximate-nearest-neighbour index (HNSW or IVFFlat).',
    why: 'Without one, a search for the nearest vectors computes the distance to every row and sorts them all: exact, fine for some thousand rows, and slower with each that is added.',
    remedy:
      'Create an HNSW index with the operator class of the distance that queries order by. vector takes up to 2000 dimensions, halfvec up to 4000: index a longer vector by a cast, (embedding::halfvec(3072)) halfvec_cosine_ops, and order by the same cast. Where searches always look among few rows (one document, one tenant), an index on that column serves better.',
    scope: ['Medium where a function or view of the schema searches the whole table, or where it has many rows.'],
    messages: {
      searched:
        '{{holders}} computes the distance to every row of {{table}} to find the nearest: no HNSW or IVFFlat index is on {{column}}.',
      large:
        'To find the nearest of about {{rows}} rows of {{table}}, Postgres computes the distance to each: no HNSW or IVFFlat index is on {{column}}.',
      plain:
        'Whoever looks for the nearest {{column}} of {{table}} has the distance to every row computed: no HNSW or IVFFlat index is on it.',
    },
    optionDocs: { manyRows: 'From how many live rows on a column without an index counts as medium.' },
    restsOn: ['indexes', 'columns'],
    references: ['https://github.com/pgvector/pgvector#indexing'],
  },
  defaults: { manyRows: 10_000 },
  visit: {
    column(column, { graph, options, report }) {
      const relation = graph.find(column.relation);
      if (relation?.kind !== 'table' && relation?.kind !== 'materializedView') return;
      if (relation.kind === 'table' && (relation.isAssumed || relation.partitionOf !== null || column.isInherited))
        return;
      if (relation.kind === 'table' && relation.persistence === 'temporary') return;
      if (!isIndexable(graph, column) || !isUsersOwn(graph, column)) return;
      if (vectorIndexesOn(graph, column).length > 0) return;
      const searches = vectorSearches(graph, column.id).filter((each) => !each.isNarrowed);
      const rows = estimatedRows(graph, relation.id) ?? 0;
      const data = { table: brief(relation.name), column: quoteIdentifier(column.name) };
      const about = { entity: column, fix: () => fixFor(graph, column) };
      if (searches.length > 0) {
        const holders = andList([...new Set(searches.map(({ holder }) => spoken(holder)))], 3);
        report({ ...about, message: 'searched', data: { ...data, holders }, severity: 'medium' });
      } else if (rows >= options.manyRows)
        report({ ...about, message: 'large', data: { ...data, rows }, severity: 'medium' });
      else report({ ...about, message: 'plain', data });
    },
  },
});

/** vector or halfvec, which may be a domain's. */
function isIndexable(graph: SchemaGraph, { type }: Column): boolean {
  const name = storedType(graph, type)?.name.name;
  return typeClass(graph, type) === 'vector' && (name === 'vector' || name === 'halfvec');
}

/** Only where the schema says by which distance it searches, and an index can hold the vectors as they are. */
function fixFor(graph: SchemaGraph, column: Column): Fix | undefined {
  const relation = graph.find(column.relation);
  const operators = new Set(vectorSearches(graph, column.id).map(({ distance }) => distance.operator));
  const [operator] = operators;
  if (operator === undefined || operators.size > 1) return undefined;
  const opclass = classForOperator(column, operator);
  if (opclass === undefined || (relation?.kind !== 'table' && relation?.kind !== 'materializedView')) return undefined;
  return {
    title: `Build an HNSW index for ${operator} (writes to the table wait while it is built)`,
    safety: 'review',
    sql: sql`create index on ${relation.name} using hnsw (${column.name} ${raw(display(opclass))});`,
  };
}
