import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { sameExpression } from '../same-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isRestedOn, sameKey } from './index-keys.ts';
import { isVectorIndex } from './vector-indexes.ts';

type Index = EntityOf<'index'>;

/** The index that is the same but for its name and that is to be kept of all that are; undefined for that one itself. */
export const keptTwin = askedOnce((graph: SchemaGraph, index: Index): Index | undefined => {
  let kept = index;
  for (const each of graph.ownedBy(index.relation, 'index'))
    if (each.id !== index.id && isTwin(graph, each, index) && isBetterKept(graph, each, kept)) kept = each;
  return kept.id === index.id ? undefined : kept;
});

function isTwin(graph: SchemaGraph, a: Index, b: Index): boolean {
  return (
    a.method === b.method &&
    !isVectorIndex(a) &&
    a.isValid &&
    b.isValid &&
    a.parent === null &&
    b.parent === null &&
    a.isUnique === b.isUnique &&
    a.nullsNotDistinct === b.nullsNotDistinct &&
    a.keys.length === b.keys.length &&
    a.keys.every((key, i) => b.keys[i] !== undefined && sameKey(key, b.keys[i])) &&
    a.include.length === b.include.length &&
    a.include.every((column) => b.include.includes(column)) &&
    sameExpression(a.predicate, b.predicate) &&
    enforcement(graph, a) === enforcement(graph, b)
  );
}

/** A deferrable key lets duplicates stand until the end of the transaction; an exclusion constraint has operators of its own. */
function enforcement(graph: SchemaGraph, { constraint, id }: Index): string {
  const entity = constraint === null ? undefined : graph.find(constraint);
  if (entity?.kind === 'exclusionConstraint') return `exclusion ${id}`;
  return entity !== undefined && 'isDeferrable' in entity && entity.isDeferrable ? 'deferrable' : 'immediate';
}

/** The primary key, then what something rests on, then a constraint, then the first made. */
function isBetterKept(graph: SchemaGraph, a: Index, b: Index): boolean {
  const rank = (index: Index): number => {
    const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
    return (
      (constraint?.kind === 'primaryKey' ? 4 : 0) +
      (isRestedOn(graph, index) ? 2 : 0) +
      (constraint === undefined ? 0 : 1)
    );
  };
  return rank(a) > rank(b) || (rank(a) === rank(b) && a.id < b.id);
}
