import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { type Dependency, type EntityBase, usedBy } from './entity-base.ts';

export interface PublishedTable {
  readonly table: EntityId;
  /** Empty = all columns. */
  readonly columns: readonly EntityId[];
  readonly where: BoundExpression | null;
}

export interface Publication extends EntityBase<'publication'> {
  readonly name: string;
  readonly allTables: boolean;
  readonly tables: readonly PublishedTable[];
  readonly schemas: readonly EntityId[];
  /** A subset of insert, update, delete, truncate, in that order. */
  readonly publishes: readonly string[];
  readonly viaRoot: boolean;
  readonly owner: EntityId;
}

export function publicationDependencies(publication: Publication): Dependency[] {
  return [
    ...publication.tables.map((each) => ({ on: each.table, strength: 'auto' as const, part: 'tables' })),
    ...publication.tables.flatMap((each) =>
      each.columns.map((on) => ({ on, strength: 'normal' as const, part: 'tables' })),
    ),
    ...publication.tables.flatMap((each) => usedBy(each.where).map((use) => ({ ...use, part: 'tables' }))),
    ...publication.schemas.map((on) => ({ on, strength: 'auto' as const, part: 'schemas' })),
  ];
}
