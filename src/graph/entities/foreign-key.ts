import type { EntityId } from '../entity-id.ts';
import { autoOn, type Dependency, type EntityBase, normalOn } from './entity-base.ts';

export type ReferentialAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export interface ForeignKey extends EntityBase<'foreignKey'> {
  readonly table: EntityId;
  readonly name: string;
  readonly columns: readonly EntityId[];
  /** The referenced table; assumed where nothing created it. */
  readonly referencedTable: EntityId;
  /** In the order of `columns`; empty where the referenced table is assumed and names no columns. */
  readonly referencedColumns: readonly EntityId[];
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
  /** ON DELETE SET NULL (a, b): the columns set; empty = all. */
  readonly setColumns: readonly EntityId[];
  readonly match: 'simple' | 'full';
  readonly isValidated: boolean;
  /** NOT ENFORCED (PG 18) makes it false. */
  readonly isEnforced: boolean;
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
  /** The key of the partitioned parent it was made from (conparentid). */
  readonly parent: EntityId | null;
  /** The unique index of the referenced table it rests on, when known. */
  readonly referencedIndex: EntityId | null;
}

export function foreignKeyDependencies(key: ForeignKey): Dependency[] {
  return [
    ...autoOn(key.table, ...key.columns, key.parent),
    ...normalOn(key.referencedTable, ...key.referencedColumns, key.referencedIndex),
  ];
}
