import type { QualifiedName } from '../../sql/name.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { autoOn, type Dependency, type EntityBase } from './entity-base.ts';

/** A column of a table, foreign table, view, materialized view or composite type. */
export interface Column extends EntityBase<'column'> {
  /** The relation (or composite type) it belongs to. */
  readonly relation: EntityId;
  readonly name: string;
  /** Order among the living columns, from 1, without gaps (unlike attnum). */
  readonly position: number;
  /** Null where the source cannot tell: a computed column of a view. */
  readonly type: TypeRef | null;
  /** attnotnull: by NOT NULL or a primary key, not through a domain (ask `graph.isNullable`). */
  readonly notNull: boolean;
  /** The NOT NULL constraint's name (PG 18: contype n); null when the column is nullable or the server is older. */
  readonly notNullName: string | null;
  readonly default: BoundExpression | null;
  readonly identity: 'always' | 'byDefault' | null;
  /** GENERATED ALWAYS AS (…); `default` is null then. */
  readonly generated: { readonly expression: BoundExpression; readonly stored: boolean } | null;
  /** Other than the type's own; null otherwise. */
  readonly collation: QualifiedName | null;
  /** Comes only from a parent table (attislocal is false). */
  readonly isInherited: boolean;
  /** Column privileges (GRANT SELECT (a) ON …); empty where there are none. */
  readonly acl: Acl;
}

export function columnDependencies(column: Column): Dependency[] {
  const found = autoOn(column.relation);
  if (column.type?.entity !== undefined) found.push({ on: column.type.entity, strength: 'normal' });
  for (const { target } of column.default?.references ?? [])
    found.push({ on: target, strength: 'normal', part: 'default' });
  for (const { target } of column.generated?.expression.references ?? [])
    found.push({ on: target, strength: 'normal' });
  return found;
}
