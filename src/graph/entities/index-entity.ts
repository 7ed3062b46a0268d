import type { QualifiedName } from '../../sql/name.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { autoOn, type Dependency, type EntityBase, usedBy } from './entity-base.ts';
import type { StorageOption } from './table.ts';

export interface IndexKey {
  /** Null for an expression key. */
  readonly column: EntityId | null;
  readonly expression: BoundExpression | null;
  /** Null where it is the default class of the key's type and method. */
  readonly opclass: QualifiedName | null;
  readonly opclassOptions: readonly StorageOption[];
  readonly descending: boolean;
  /** Effective: NULLS FIRST is the default of DESC. */
  readonly nullsFirst: boolean;
  readonly collation: QualifiedName | null;
}

export interface Index extends EntityBase<'index'> {
  readonly relation: EntityId;
  readonly name: QualifiedName;
  /** Access method: btree, hash, gin, gist, spgist, brin, hnsw, ivfflat … */
  readonly method: string;
  readonly isUnique: boolean;
  readonly nullsNotDistinct: boolean;
  readonly keys: readonly IndexKey[];
  readonly include: readonly EntityId[];
  readonly predicate: BoundExpression | null;
  /** WITH (m = 16, …), in the order of their names. */
  readonly options: readonly StorageOption[];
  /** The primary key, unique or exclusion constraint it stands behind. */
  readonly constraint: EntityId | null;
  /** The partitioned index it is a part of. */
  readonly parent: EntityId | null;
  /** indisvalid: false after a failed concurrent build, and for ON ONLY without parts. */
  readonly isValid: boolean;
}

export function indexDependencies(index: Index): Dependency[] {
  const found = autoOn(index.relation, index.constraint, index.parent, ...index.include);
  for (const { column, expression } of index.keys) {
    if (column !== null) found.push({ on: column, strength: 'auto' });
    if (expression !== null) found.push(...usedBy(expression, index.relation, 'auto'));
  }
  if (index.predicate !== null) found.push(...usedBy(index.predicate, index.relation, 'auto'));
  return found;
}
