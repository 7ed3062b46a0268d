import type { QualifiedName } from '../../sql/name.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { type Dependency, type EntityBase, usedBy, usedType } from './entity-base.ts';

export interface EnumType extends EntityBase<'enumType'> {
  readonly name: QualifiedName;
  /** In sort order. */
  readonly labels: readonly string[];
  /** What labels are called now that expressions from before a RENAME VALUE still spell as they did: old to new. */
  readonly renamed?: ReadonlyMap<string, string>;
  readonly owner: EntityId;
  readonly acl: Acl;
}

/** Its CHECKs are `checkConstraint` entities on it. */
export interface Domain extends EntityBase<'domain'> {
  readonly name: QualifiedName;
  readonly base: TypeRef;
  readonly notNull: boolean;
  readonly default: BoundExpression | null;
  readonly collation: QualifiedName | null;
  readonly owner: EntityId;
  readonly acl: Acl;
}

/** CREATE TYPE … AS (…): its attributes are `column` entities of it. */
export interface CompositeType extends EntityBase<'compositeType'> {
  readonly name: QualifiedName;
  readonly owner: EntityId;
  readonly acl: Acl;
}

export interface RangeType extends EntityBase<'rangeType'> {
  readonly name: QualifiedName;
  readonly subtype: TypeRef;
  /** The multirange type made with it, in the same schema. */
  readonly multirangeName: string;
  readonly owner: EntityId;
  readonly acl: Acl;
}

/** A base or shell type: mostly an extension's (vector, geometry). */
export interface BaseType extends EntityBase<'baseType'> {
  readonly name: QualifiedName;
  readonly owner: EntityId;
  readonly acl: Acl;
}

export function noDependencies(): Dependency[] {
  return [];
}

/** Unlike a column's default, a domain's is no object of its own: what it uses, the domain depends on (GenerateTypeDependencies()). */
export function domainDependencies(domain: Domain): Dependency[] {
  return [...usedType(domain.base), ...usedBy(domain.default)];
}

export function rangeTypeDependencies(range: RangeType): Dependency[] {
  return usedType(range.subtype);
}
