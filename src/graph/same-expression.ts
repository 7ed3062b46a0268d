import { canonical } from './binding/canonical.ts';
import type { BoundExpression } from './bound-expression.ts';
import type { EntityId } from './entity-id.ts';

/**
 * Do two expressions say the same? Names count by what they stand for.
 * @param translate what an entity of `a` is in the world of `b`: for expressions about two tables
 */
export function sameExpression(
  a: BoundExpression | null,
  b: BoundExpression | null,
  translate: (id: EntityId) => EntityId = (id) => id,
): boolean {
  if (a === null || b === null) return a === b;
  return canonical(a.tree, a, (id) => String(translate(id))) === canonical(b.tree, b, String);
}
