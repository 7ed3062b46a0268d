import type { CreateStmt, PartitionSpec } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { PartitionKey } from '../../../graph/entities/table.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { refuseMutable } from './mutable-expression.ts';

type Table = EntityOf<'table'>;

const STRATEGIES: ReadonlyMap<string, PartitionKey['strategy']> = new Map([
  ['PARTITION_STRATEGY_LIST', 'list'],
  ['PARTITION_STRATEGY_RANGE', 'range'],
  ['PARTITION_STRATEGY_HASH', 'hash'],
]);

/** PARTITION BY. The table's columns must be there. */
export function partitionKey(node: PartitionSpec, table: Table, context: ReplayContext): PartitionKey {
  const keys = (node.partParams ?? []).map((each) => {
    const element = fieldsOf(each, 'PartitionElem') ?? {};
    if (element.expr === undefined)
      return { column: context.column(table, element.name ?? '', element.location).id, expression: null };
    const expression = context.expression(element.expr, { relation: table });
    refuseMutable(expression, 'functions in partition key expression must be marked IMMUTABLE', context);
    return { column: null, expression };
  });
  return { strategy: STRATEGIES.get(node.strategy ?? '') ?? 'list', keys };
}

export function refuseBadPartition(node: CreateStmt, parent: Table, context: ReplayContext): void {
  if (parent.isAssumed) return;
  if (parent.partitionKey === null) context.refuse(`"${parent.name.name}" is not partitioned`, node.relation?.location);
  const { strategy } = parent.partitionKey;
  const wanted = node.partbound?.is_default ? strategy : BOUNDS.get(node.partbound?.strategy ?? '');
  if (wanted !== undefined && wanted !== strategy)
    context.refuse(`invalid bound specification for a ${strategy} partition`, node.partbound?.location);
}

const BOUNDS: ReadonlyMap<string, PartitionKey['strategy']> = new Map([
  ['l', 'list'],
  ['r', 'range'],
  ['h', 'hash'],
]);
