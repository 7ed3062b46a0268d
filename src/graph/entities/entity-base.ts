import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import type { Origin } from '../origin.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { TypeRef } from '../types/type-ref.ts';

export interface EntityBase<Kind extends string> {
  readonly kind: Kind;
  readonly id: EntityId;
  /** Where it was declared; for an assumed entity, where it was first needed. */
  readonly origin: Origin;
  /** Which later statement set which fact (the property's name). */
  readonly setBy: Readonly<Record<string, Origin>>;
  /** COMMENT ON, or null. */
  readonly comment: string | null;
  /** The extension it belongs to (pg_depend deptype e). */
  readonly extension?: EntityId;
  /**
   * Nothing created it here: a statement needed it. Its name is known, and the facts in `setBy`; all else is unknown and only
   * filled with a neutral value. Ask `graph.isKnown(entity, fact)`.
   */
  readonly isAssumed?: true;
}

/**
 * How an entity hangs on another, after pg_depend (docs 52.18).
 * `auto`: goes with it in silence. `normal`: DROP of the other fails, or takes this along with CASCADE.
 * `part`: only that fact goes with CASCADE (a column keeps living without its default, a publication without the table).
 */
export interface Dependency {
  readonly on: EntityId;
  readonly strength: 'auto' | 'normal';
  readonly part?: string;
}

export function autoOn(...ids: readonly (EntityId | null | undefined)[]): Dependency[] {
  return dependencies(ids, 'auto');
}

export function normalOn(...ids: readonly (EntityId | null | undefined)[]): Dependency[] {
  return dependencies(ids, 'normal');
}

function dependencies(ids: readonly (EntityId | null | undefined)[], strength: Dependency['strength']): Dependency[] {
  const found: Dependency[] = [];
  for (const on of ids) if (on !== null && on !== undefined) found.push({ on, strength });
  return found;
}

/** What an expression uses: columns of `own` by `columnStrength`, everything else normally. */
export function usedBy(
  expression: BoundExpression | null,
  own?: EntityId,
  columnStrength: Dependency['strength'] = 'normal',
): Dependency[] {
  if (expression === null) return [];
  return expression.references.map((reference) => ({
    on: reference.target,
    strength:
      reference.kind === 'column' && reference.relation !== undefined && reference.relation === own
        ? columnStrength
        : 'normal',
  }));
}

export function usedType(type: TypeRef | null): Dependency[] {
  return type?.entity === undefined ? [] : normalOn(type.entity);
}

export function isRole(grantee: Grantee): grantee is EntityId {
  return grantee !== 'public';
}
