import {
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  indexDefinition,
  keysText,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;

export default defineRule({
  meta: {
    id: 'invalid-index',
    category: 'performance',
    severity: 'high',
    summary: 'An index is invalid: no query uses it, and nothing will make it valid by itself.',
    why: 'CREATE INDEX CONCURRENTLY that fails (a duplicate, a lock timeout, a cancelled session) leaves its half-built index behind. Queries pass it by, but every write still maintains it, and a unique one may still refuse rows. An index made with ON ONLY on a partitioned table stays invalid until an index of every partition is attached.',
    remedy:
      'Drop it and build it again, or REINDEX INDEX CONCURRENTLY. For a partitioned table create and attach the missing indexes. Where a build is running at this moment, wait for its end.',
    messages: {
      failed:
        'No query on {{table}} uses {{index}} {{keys}}: the index is invalid, most likely left by a concurrent build that failed. Writes maintain it all the same.',
      incomplete:
        'No query on {{table}} as a whole uses {{index}} {{keys}}: it was made with ON ONLY, and {{missing}} of its {{total}} partitions have no index attached to it.',
    },
    restsOn: ['indexes', 'existence'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
      'https://www.postgresql.org/docs/current/ddl-partitioning.html',
    ],
  },
  visit: {
    index(index, { graph, report }) {
      if (index.isValid) return;
      const relation = graph.find(index.relation);
      if (relation?.kind !== 'table' && relation?.kind !== 'materializedView') return;
      const data = {
        table: brief(relation.name),
        index: quoteIdentifier(index.name.name),
        keys: keysText(graph, index),
      };
      const partitions =
        relation.kind === 'table' && relation.partitionKey !== null ? partitionsOf(graph, relation) : [];
      if (partitions.length === 0) {
        report({ entity: index, message: 'failed', data, fix: rebuilt(index) });
        return;
      }
      const missing = partitions.filter((each) => !hasPart(graph, each, index)).length;
      // Each partition has its part and one of those is invalid itself: that one is reported.
      if (missing === 0) return;
      const fix = () => completed(graph, index);
      report({ entity: index, message: 'incomplete', data: { ...data, missing, total: partitions.length }, fix });
    },
  },
});

function partitionsOf(graph: SchemaGraph, table: EntityOf<'table'>): readonly EntityOf<'table'>[] {
  return graph.dependentsOfKind(table.id, 'table').filter((each) => each.partitionOf === table.id);
}

function hasPart(graph: SchemaGraph, partition: EntityOf<'table'>, whole: Index): boolean {
  return graph.ownedBy(partition.id, 'index').some((each) => each.parent === whole.id);
}

/** REINDEX CONCURRENTLY leaves a copy behind, with the original still in place. */
function rebuilt({ name }: Index): Fix {
  if (/_cc(?:new|old)\d*$/.test(name.name))
    return { title: 'Drop what is left of the REINDEX', safety: 'review', sql: sql`drop index ${name};` };
  return {
    title: 'Build it anew (writes to the table wait meanwhile; REINDEX INDEX CONCURRENTLY by itself lets them through)',
    safety: 'review',
    sql: sql`reindex index ${name};`,
  };
}

/** Made for the whole table, it takes over the fitting indexes that partitions have already and builds the others. */
function completed(graph: SchemaGraph, index: Index): Fix | undefined {
  const definition = index.constraint === null ? indexDefinition(graph, index, { name: index.name.name }) : undefined;
  if (definition === undefined) return undefined;
  return {
    title: 'Make it for all partitions (writes to them wait while missing indexes are built)',
    safety: 'review',
    sql: sql`drop index ${index.name};\n${raw(definition)};`,
  };
}
