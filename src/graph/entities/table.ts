import type { QualifiedName } from '../../sql/name.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import { autoOn, type Dependency, type EntityBase, normalOn, usedBy } from './entity-base.ts';

export interface StorageOption {
  readonly name: string;
  readonly value: string;
}

export interface PartitionKey {
  readonly strategy: 'list' | 'range' | 'hash';
  readonly keys: readonly { readonly column: EntityId | null; readonly expression: BoundExpression | null }[];
}

/** An ordinary (relkind r) or partitioned (p) table. Columns, keys, policies … are entities of their own that point here. */
export interface Table extends EntityBase<'table'> {
  readonly name: QualifiedName;
  readonly persistence: 'permanent' | 'unlogged' | 'temporary';
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  /** Parents by INHERITS, in order; not the partitioned parent. */
  readonly inherits: readonly EntityId[];
  readonly partitionOf: EntityId | null;
  /** `FOR VALUES …` or `DEFAULT`, as written; null where it is no partition. */
  readonly partitionBound: string | null;
  /** Not null where it is itself partitioned. */
  readonly partitionKey: PartitionKey | null;
  readonly options: readonly StorageOption[];
  readonly replicaIdentity: 'default' | 'full' | 'nothing' | { readonly index: EntityId };
  /** Of a typed table (OF type). */
  readonly ofType: EntityId | null;
  readonly owner: EntityId;
  readonly acl: Acl;
}

export function tableDependencies(table: Table): Dependency[] {
  return [
    ...normalOn(...table.inherits, table.ofType),
    ...autoOn(table.partitionOf),
    ...(table.partitionKey?.keys ?? []).flatMap((key) => [...normalOn(key.column), ...usedBy(key.expression)]),
  ];
}
