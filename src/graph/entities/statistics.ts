import type { QualifiedName } from '../../sql/name.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { autoOn, type Dependency, type EntityBase, usedBy } from './entity-base.ts';

/** CREATE STATISTICS (pg_statistic_ext). */
export interface Statistics extends EntityBase<'statistics'> {
  readonly relation: EntityId;
  readonly name: QualifiedName;
  /** A subset of ndistinct, dependencies, mcv, in that order. */
  readonly kinds: readonly string[];
  readonly columns: readonly EntityId[];
  readonly expressions: readonly BoundExpression[];
}

export function statisticsDependencies(statistics: Statistics): Dependency[] {
  return [
    ...autoOn(statistics.relation, ...statistics.columns),
    ...statistics.expressions.flatMap((each) => usedBy(each, statistics.relation, 'auto')),
  ];
}
