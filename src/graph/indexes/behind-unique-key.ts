import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { keysAlike } from './index-keys.ts';

type Index = EntityOf<'index'>;

/**
 * The unique index on all rows whose keys this plain one begins with: (a, b, c) behind UNIQUE (a, b). That finds one row and sorts as this does, so that
 * what is left to this one is to hand out c without a look at the table. Not where a column of the key may be NULL, which many rows may have then.
 */
export function uniqueKeyBefore(graph: SchemaGraph, index: Index): Index | undefined {
  if (index.isUnique || index.constraint !== null || index.predicate !== null || index.parent !== null)
    return undefined;
  return graph.ownedBy(index.relation, 'index').find((other) => {
    const isKey = other.isUnique && other.isValid && other.predicate === null && other.method === index.method;
    const isLonger = index.keys.length > other.keys.length && keysAlike(other.keys, index.keys) !== undefined;
    return (
      isKey && isLonger && other.keys.every(({ column }) => column !== null && graph.get('column', column).notNull)
    );
  });
}
