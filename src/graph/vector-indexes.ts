import type { EntityOf } from './entities/index.ts';
import { sameValue } from './index-keys.ts';
import { sameExpression } from './same-expression.ts';
import type { SchemaGraph } from './schema-graph.ts';

type Index = EntityOf<'index'>;

/** Approximate-nearest-neighbour methods as people spell them (pgvector). */
export const VECTOR_METHODS: ReadonlyMap<string, string> = new Map([
  ['hnsw', 'HNSW'],
  ['ivfflat', 'IVFFlat'],
]);

export function isVectorIndex({ method }: Index): boolean {
  return VECTOR_METHODS.has(method);
}

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['l2', '<->'],
  ['ip', '<#>'],
  ['cosine', '<=>'],
  ['l1', '<+>'],
  ['hamming', '<~>'],
  ['jaccard', '<%>'],
]);

/** The operator whose order a vector index gives; undefined where its operator class is not one of pgvector's. */
export function distanceOperator(graph: SchemaGraph, index: Index): string | undefined {
  const [, measure = ''] = /_(l2|ip|cosine|l1|hamming|jaccard)_ops$/.exec(distanceClass(graph, index)) ?? [];
  return OPERATORS.get(measure);
}

/** `cosine` for `<=>`: the middle of the operator class's name. */
export function measureOf(operator: string): string | undefined {
  return [...OPERATORS].find(([, each]) => each === operator)?.[0];
}

/** The operator class by name. IVFFlat has defaults, HNSW has none (pgvector's own SQL): vector_l2_ops, halfvec_l2_ops, bit_hamming_ops. */
function distanceClass(graph: SchemaGraph, { keys }: Index): string {
  const key = keys[0];
  if (key === undefined || key.opclass !== null) return key?.opclass?.name ?? '';
  const type = key.column === null ? undefined : graph.get('column', key.column).type?.name.name;
  return type === undefined ? 'default' : `${type}_${type === 'bit' ? 'hamming' : 'l2'}_ops`;
}

/** The vector index over the same vectors and distance that is to be kept of several; undefined for that one itself. */
export function keptRival(graph: SchemaGraph, index: Index): Index | undefined {
  const rivals = graph.ownedBy(index.relation, 'index').filter((each) => isRival(graph, each, index));
  const kept = rivals.reduce((best, each) => (isBetterKept(each, best) ? each : best), index);
  return kept.id === index.id ? undefined : kept;
}

function isRival(graph: SchemaGraph, a: Index, b: Index): boolean {
  const [key, other] = [a.keys[0], b.keys[0]];
  return (
    isVectorIndex(a) &&
    isVectorIndex(b) &&
    a.isValid &&
    b.isValid &&
    a.parent === null &&
    b.parent === null &&
    key !== undefined &&
    other !== undefined &&
    sameValue(key, other) &&
    distanceClass(graph, a) === distanceClass(graph, b) &&
    sameExpression(a.predicate, b.predicate)
  );
}

/** HNSW before IVFFlat, then the last made: it is there because the one before was not enough. */
function isBetterKept(a: Index, b: Index): boolean {
  if (a.method !== b.method) return a.method === 'hnsw';
  return a.id > b.id;
}
