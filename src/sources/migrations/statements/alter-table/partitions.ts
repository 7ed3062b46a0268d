import type { AlterTableCmd, RangeVar } from '@pgsql/types';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import { fieldsOf } from '../../../../sql/nodes.ts';
import { counterparts } from '../../relations/carried-expression.ts';
import { partitionsOf } from '../../relations/children.ts';
import { carriedShape } from '../../relations/indexes.ts';
import { joinPartition } from '../../relations/join-partition.ts';
import { keepBounds } from '../../relations/kept-bounds.ts';
import { boundText } from '../../relations/partition-bound.ts';
import { sameIndex } from '../../relations/same-index.ts';
import { makeOwn, refuseMismatch } from './inheritance.ts';
import type { Run } from './run.ts';

type Table = EntityOf<'table'>;
type Index = EntityOf<'index'>;

/** ATTACH PARTITION: of a table, or of an index of one. */
export function attachPartition(command: AlterTableCmd, run: Run<'table' | 'index'>): void {
  const node = fieldsOf(command.def, 'PartitionCmd') ?? {};
  const { context, relation, origin, location } = run;
  if (relation.kind === 'index') {
    attachIndex(relation, node.name ?? {}, run);
    return;
  }
  const { builder, graph, by } = context;
  const child = context.relation(node.name ?? {}, 'table');
  if (relation.partitionKey === null && !relation.isAssumed)
    context.refuse(`table "${relation.name.name}" is not partitioned`, location);
  if (child.partitionOf !== null) context.refuse(`"${child.name.name}" is already a partition`, location);
  if (child.inherits.length > 0) context.refuse('cannot attach inheritance child as partition', location);
  refuseMismatch(relation, { ...run, relation: child });
  const bound = node.bound === undefined ? null : boundText(node.bound, context);
  const partition = builder.alter(child, { partitionOf: relation.id, partitionBound: bound }, by, origin);
  for (const column of graph.columns(relation.id)) {
    const own = graph.column(partition.id, column.name);
    // A partition's columns and checks are its parent's, even where it declared them (attislocal, conislocal).
    if (own && !own.isInherited) builder.alter(own, { isInherited: true, identity: column.identity }, by, origin);
  }
  for (const check of graph.ownedBy(relation.id, 'checkConstraint')) {
    const own = graph.constraint(partition.id, check.name);
    if (own?.kind === 'checkConstraint' && !own.isInherited) builder.alter(own, { isInherited: true }, by, origin);
  }
  joinPartition(context, relation, partition, origin);
}

/** ALTER INDEX … ATTACH PARTITION: valid when every partition has one (validatePartitionedIndex()). */
function attachIndex(parent: Index, range: RangeVar, run: Run): void {
  const { context, origin, location } = run;
  const { graph, builder, by } = context;
  const child = context.lookup(range);
  const written = context.written(range.schemaname ?? parent.name.schema, range.relname ?? '');
  if (child === undefined) run.context.refuseUnknown('index', written, location);
  if (child.kind !== 'index') run.context.refuse(`"${child.name.name}" is not an index`, location);
  if (child.parent === parent.id) return;
  const to = counterparts(graph, parent.relation, child.relation);
  if (!sameIndex(carriedShape(parent, to), child))
    context.refuse(
      `cannot attach index "${child.name.name}" as a partition of index "${parent.name.name}": the index definitions do not match`,
      location,
    );
  builder.alter(child, { parent: parent.id }, by, origin);
  const isComplete = partitionsOf(graph, parent.relation).every((partition) =>
    graph.ownedBy(partition.id, 'index').some((each) => each.parent === parent.id && each.isValid),
  );
  if (isComplete && !parent.isValid) builder.alter(parent, { isValid: true }, by, origin);
}

/** DETACH PARTITION: what it inherited stays, as its own; the clones of row triggers go. */
export function detachPartition(command: AlterTableCmd, run: Run<'table'>): void {
  const { context, relation, origin, location } = run;
  const { graph, builder, by } = context;
  const node = fieldsOf(command.def, 'PartitionCmd') ?? {};
  const child = context.relation(node.name ?? {}, 'table');
  if (child.partitionOf !== relation.id && !child.isAssumed && !relation.isAssumed)
    context.refuse(`relation "${child.name.name}" is not a partition of relation "${relation.name.name}"`, location);
  if (node.concurrent === true) keepBounds(context, relation, child, origin);
  const partition = builder.alter(child, { partitionOf: null, partitionBound: null }, by, origin);
  makeOwn(relation, { ...run, relation: partition });
  letGo(relation, partition, run);
  for (const column of graph.columns(partition.id))
    if (column.identity !== null) builder.alter(column, { identity: null }, by, origin);
}

function letGo(parent: Table, partition: Table, { context, origin }: Run): void {
  const { graph, builder, by } = context;
  for (const index of graph.ownedBy(partition.id, 'index'))
    if (index.parent !== null) builder.alter(index, { parent: null }, by, origin);
  for (const key of graph.ownedBy(partition.id, 'foreignKey'))
    if (key.parent !== null) builder.alter(key, { parent: null }, by, origin);
  for (const trigger of graph.ownedBy(partition.id, 'trigger'))
    if (trigger.level === 'row' && graph.part('trigger', parent.id, trigger.name)) builder.drop(trigger, by);
}
