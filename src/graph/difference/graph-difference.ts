import type { Entity, EntityKind } from '../entities/index.ts';

/** One way in which two graphs differ. */
export interface GraphDifference {
  readonly kind: EntityKind;
  /** What people call the entity: public.orders.user_id. */
  readonly path: string;
  /** The fact's name; null when the whole entity is only on one side. */
  readonly fact: string | null;
  /** As text for people; null on the side that lacks the entity. */
  readonly left: string | null;
  readonly right: string | null;
  /** The entity in its own graph; null on the side that lacks it. */
  readonly leftEntity: Entity | null;
  readonly rightEntity: Entity | null;
}

/** One line: `column public.orders.total: type integer (replay) ≠ bigint (server)`. */
export function differenceText(difference: GraphDifference, left: string, right: string): string {
  const { kind, path, fact } = difference;
  if (fact !== null) {
    return `${kind} ${path}: ${fact} ${difference.left} (${left}) ≠ ${difference.right} (${right})`;
  }
  return `${kind} ${path}: only in ${difference.left === null ? right : left}`;
}
