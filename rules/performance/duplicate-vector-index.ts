import {
  brief,
  defineRule,
  type EntityOf,
  keptRival,
  keysText,
  quoteIdentifier,
  relatedAt,
  sql,
  VECTOR_METHODS,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'duplicate-vector-index',
    category: 'performance',
    severity: 'high',
    summary: 'Two approximate-nearest-neighbour indexes (HNSW, IVFFlat) serve the same vectors and the same distance.',
    why: 'A vector index is often larger than its table and the dearest part of every insert. The planner takes one of the two; the other is built, held in memory and kept up to date for nothing.',
    remedy:
      'Keep one: as a rule HNSW rather than IVFFlat, and of two of a kind the one whose parameters you measured. Drop the other.',
    messages: {
      methods:
        '{{table}} {{keys}} has two vector indexes for one distance, {{index}} ({{method}}) and {{other}} ({{otherMethod}}): queries use one of them, each insert pays for both.',
      same: '{{table}} {{keys}} has two {{method}} indexes for one distance, {{index}} and {{other}}: queries use one of them, each insert pays for both.',
    },
    restsOn: ['indexes'],
    references: ['https://github.com/pgvector/pgvector#indexing'],
  },
  visit: {
    index(index, { graph, report }) {
      const kept = keptRival(graph, index);
      const relation = graph.find(index.relation);
      if (kept === undefined || (relation?.kind !== 'table' && relation?.kind !== 'materializedView')) return;
      const data = {
        table: brief(relation.name),
        keys: keysText(graph, index),
        index: quoteIdentifier(index.name.name),
        other: quoteIdentifier(kept.name.name),
        method: spelled(index),
      };
      const about = {
        entity: index,
        related: relatedAt(kept, 'the other index'),
        fix: {
          title: `Drop ${data.index} and keep ${data.other}`,
          safety: 'review',
          sql: sql`drop index ${index.name};`,
        },
      } as const;
      if (index.method === kept.method) report({ ...about, message: 'same', data });
      else report({ ...about, message: 'methods', data: { ...data, otherMethod: spelled(kept) } });
    },
  },
});

function spelled({ method }: EntityOf<'index'>): string {
  return VECTOR_METHODS.get(method) ?? method;
}
