import type { QualifiedName } from '../../sql/name.ts';
import type { EntityOf } from '../entities/index.ts';
import { sameExpression } from '../same-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { sameValue } from './index-keys.ts';

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

/** How many dimensions HNSW takes of a type (pgvector: HNSW_MAX_DIM, twice as many for half the precision). */
const MOST_DIMENSIONS: ReadonlyMap<string, number> = new Map([
  ['vector', 2000],
  ['halfvec', 4000],
]);

/**
 * The operator class by which an HNSW index on the column gives the operator's order; undefined where the column cannot have
 * one: another type, no dimension, or too many.
 */
export function classForOperator({ type }: EntityOf<'column'>, operator: string): QualifiedName | undefined {
  const measure = [...OPERATORS].find(([, each]) => each === operator)?.[0];
  const name = type?.name;
  const most = name === undefined || type?.isArray === true ? undefined : MOST_DIMENSIONS.get(name.name);
  const dimensions = Number(type?.modifiers[0] ?? Number.NaN);
  if (name === undefined || measure === undefined || most === undefined || !(dimensions <= most)) return undefined;
  return { schema: name.schema, name: `${name.name}_${measure}_ops` };
}

/** The valid vector indexes over the column, or over something made of it (a cast to halfvec, a part). */
export function vectorIndexesOn(graph: SchemaGraph, column: EntityOf<'column'>): readonly Index[] {
  return graph
    .ownedBy(column.relation, 'index')
    .filter(
      (each) =>
        isVectorIndex(each) &&
        each.isValid &&
        each.keys.some(
          (key) =>
            key.column === column.id || (key.expression?.references ?? []).some(({ target }) => target === column.id),
        ),
    );
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
  if (!isVectorIndex(index)) return undefined;
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
