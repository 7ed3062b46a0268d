import type { QualifiedName } from '../../sql/name.ts';
import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import { autoOn, type Dependency, type EntityBase } from './entity-base.ts';

export interface Sequence extends EntityBase<'sequence'> {
  readonly name: QualifiedName;
  readonly dataType: 'smallint' | 'integer' | 'bigint';
  /** Decimal integers as text: a bigint does not fit a number. */
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycles: boolean;
  /** OWNED BY, serial and identity: goes with the column. */
  readonly ownedBy: EntityId | null;
  /** Belongs to an identity column (pg_depend deptype i). */
  readonly isIdentity: boolean;
  readonly persistence: 'permanent' | 'unlogged' | 'temporary';
  readonly owner: EntityId;
  readonly acl: Acl;
}

export function sequenceDependencies(sequence: Sequence): Dependency[] {
  return autoOn(sequence.ownedBy);
}
