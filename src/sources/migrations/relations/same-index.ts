import type { IndexKey } from '../../../graph/entities/index-entity.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { sameExpression } from '../../../graph/same-expression.ts';
import { type QualifiedName, sameName } from '../../../sql/name.ts';
import type { IndexShape } from './indexes.ts';

/** CompareIndexInfo() (src/backend/catalog/index.c): could one index stand for the other? Options do not count. */
export function sameIndex(a: IndexShape, b: IndexShape): boolean {
  return (
    a.method === b.method &&
    a.isUnique === b.isUnique &&
    a.nullsNotDistinct === b.nullsNotDistinct &&
    a.keys.length === b.keys.length &&
    a.keys.every((key, i) => sameKey(key, b.keys[i])) &&
    sameIds(a.include, b.include) &&
    sameExpression(a.predicate, b.predicate)
  );
}

export function sameKey(a: IndexKey, b: IndexKey | undefined): boolean {
  return (
    b !== undefined &&
    a.column === b.column &&
    sameExpression(a.expression, b.expression) &&
    sameNameOrNull(a.opclass, b.opclass) &&
    sameNameOrNull(a.collation, b.collation)
  );
}

export function sameIds(a: readonly EntityId[], b: readonly EntityId[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

function sameNameOrNull(a: QualifiedName | null, b: QualifiedName | null): boolean {
  return a === null || b === null ? a === b : sameName(a, b);
}
