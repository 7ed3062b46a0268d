import type { QualifiedName } from '../../sql/name.ts';
import type { EntityId } from '../entity-id.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { type Dependency, type EntityBase, normalOn, usedType } from './entity-base.ts';

export interface Operator extends EntityBase<'operator'> {
  readonly name: QualifiedName;
  readonly left: TypeRef | null;
  readonly right: TypeRef | null;
  readonly function: EntityId | null;
}

export interface OperatorClass extends EntityBase<'operatorClass'> {
  readonly name: QualifiedName;
  readonly method: string;
  readonly type: TypeRef;
  readonly isDefault: boolean;
}

export interface Cast extends EntityBase<'cast'> {
  readonly source: TypeRef;
  readonly target: TypeRef;
  readonly function: EntityId | null;
  readonly context: 'implicit' | 'assignment' | 'explicit';
}

export function operatorDependencies(operator: Operator): Dependency[] {
  return [...usedType(operator.left), ...usedType(operator.right), ...normalOn(operator.function)];
}

export function operatorClassDependencies(opclass: OperatorClass): Dependency[] {
  return usedType(opclass.type);
}

export function castDependencies(cast: Cast): Dependency[] {
  return [...usedType(cast.source), ...usedType(cast.target), ...normalOn(cast.function)];
}
