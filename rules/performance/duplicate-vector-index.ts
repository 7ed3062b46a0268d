import {
  brief,
  defineRule,
  type EntityOf,
  keysText,
  quoteIdentifier,
  type SchemaGraph,
  sameExpression,
  sameValue,
  sql,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;

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
      const rivals = graph.ownedBy(index.relation, 'index').filter((each) => isRival(graph, each, index));
      const kept = rivals.reduce((best, each) => (isBetterKept(each, best) ? each : best), index);
      const relation = graph.find(index.relation);
      if (kept.id === index.id || (relation?.kind !== 'table' && relation?.kind !== 'materializedView')) return;
      const data = {
        table: brief(relation.name),
        keys: keysText(graph, index),
        index: quoteIdentifier(index.name.name),
        other: quoteIdentifier(kept.name.name),
        method: spelled(index),
      };
      const about = {
        entity: index,
        related: kept.origin.from === 'statement' ? [{ note: 'the other index', at: kept.origin.at }] : [],
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

const SPELLED: ReadonlyMap<string, string> = new Map([
  ['hnsw', 'HNSW'],
  ['ivfflat', 'IVFFlat'],
]);

function spelled({ method }: Index): string {
  return SPELLED.get(method) ?? method;
}

function isRival(graph: SchemaGraph, a: Index, b: Index): boolean {
  const [key, other] = [a.keys[0], b.keys[0]];
  return (
    SPELLED.has(a.method) &&
    SPELLED.has(b.method) &&
    a.isValid &&
    b.isValid &&
    a.parent === null &&
    b.parent === null &&
    key !== undefined &&
    other !== undefined &&
    sameValue(key, other) &&
    distance(graph, a) === distance(graph, b) &&
    sameExpression(a.predicate, b.predicate)
  );
}

/** The operator class by name. IVFFlat has defaults, HNSW has none (pgvector's own SQL): vector_l2_ops, halfvec_l2_ops, bit_hamming_ops. */
function distance(graph: SchemaGraph, { keys }: Index): string {
  const key = keys[0];
  if (key === undefined || key.opclass !== null) return key?.opclass?.name ?? '';
  const type = key.column === null ? undefined : graph.get('column', key.column).type?.name.name;
  return type === undefined ? 'default' : `${type}_${type === 'bit' ? 'hamming' : 'l2'}_ops`;
}

/** HNSW before IVFFlat, then the last made: it is there because the one before was not enough. */
function isBetterKept(a: Index, b: Index): boolean {
  if (a.method !== b.method) return a.method === 'hnsw';
  return a.id > b.id;
}
