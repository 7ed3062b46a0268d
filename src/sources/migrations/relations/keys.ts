import type { Constraint, Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Origin } from '../../../graph/origin.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { counterparts } from './carried-expression.ts';
import { partitionsOf } from './children.ts';
import {
  carriedShape,
  createIndex,
  generatedIndexName,
  type Indexed,
  type IndexRole,
  type IndexShape,
  includedColumns,
  indexKey,
  indexOptions,
  indexPredicate,
} from './indexes.ts';
import { accessMethod } from './operator-class.ts';
import { sameIndex } from './same-index.ts';

type Index = EntityOf<'index'>;
type Table = EntityOf<'table'>;

/** An index to be made, with the constraint it stands behind where there is one. */
export interface IndexPlan {
  readonly shape: IndexShape;
  readonly role: IndexRole;
  readonly name: string | undefined;
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
  /** Of an exclusion constraint, one a key. */
  readonly operators: readonly string[];
  readonly origin: Origin;
}

/** What PRIMARY KEY, UNIQUE or EXCLUDE asks for. Its columns must be there. */
export function planKey(node: Constraint, table: Table, origin: Origin, context: ReplayContext): IndexPlan {
  const common = {
    name: node.conname,
    isDeferrable: node.deferrable === true,
    isInitiallyDeferred: node.initdeferred === true,
    origin,
  };
  const include = includedColumns(node.including, table, context);
  const options = indexOptions(node.options);
  if (node.contype === 'CONSTR_EXCLUSION') {
    const method = accessMethod(node.access_method ?? 'btree', context);
    const pairs = (node.exclusions ?? []).map((each) => fieldsOf(each, 'List')?.items ?? []);
    const keys = pairs.map(([element]) => indexKey(fieldsOf(element, 'IndexElem') ?? {}, method, table, context));
    const predicate = indexPredicate(node.where_clause, table, context);
    const shape = { method, isUnique: false, nullsNotDistinct: false, keys, include, predicate, options };
    return { ...common, role: 'exclusion', shape, operators: pairs.map(([, operator]) => operatorName(operator)) };
  }
  // WITHOUT OVERLAPS (PG 18) is enforced by a GiST index.
  const method = node.without_overlaps ? 'gist' : 'btree';
  const keys = stringsOf(node.keys).map((name) => indexKey({ name }, method, table, context));
  const nullsNotDistinct = node.nulls_not_distinct === true;
  const shape = { method, isUnique: true, nullsNotDistinct, keys, include, predicate: null, options };
  return { ...common, role: node.contype === 'CONSTR_PRIMARY' ? 'primary' : 'unique', shape, operators: [] };
}

function operatorName(node: Node | undefined): string {
  return stringsOf(fieldsOf(node, 'List')?.items).at(-1) ?? '';
}

/** Makes the index, its constraint, and those of the partitions (DefineIndex(), src/backend/commands/indexcmds.c). */
export function defineIndex(
  context: ReplayContext,
  relation: Indexed,
  plan: IndexPlan,
  { parent = null, only = false }: { readonly parent?: Index | null; readonly only?: boolean } = {},
): Index {
  const { graph } = context;
  const { schema } = relation.name;
  refuseSecondPrimaryKey(relation, plan, context);
  if (relation.kind === 'table') refuseWithoutPartitionKey(relation, plan, context);
  const name = plan.name ?? generatedIndexName(relation, plan.shape, plan.role, context);
  const existing =
    graph.relation({ schema, name }) ?? (plan.role === 'plain' ? undefined : graph.constraint(relation.id, name));
  if (existing) context.refuseDuplicate(existing);
  const partitions = relation.kind === 'table' ? partitionsOf(graph, relation.id) : [];
  const place = {
    relation,
    name: { schema, name },
    constraint: null,
    parent: parent?.id ?? null,
    isValid: !only || partitions.length === 0,
    origin: plan.origin,
  };
  const id = context.builder.reserve();
  const constraint = plan.role === 'plain' ? null : createConstraint(context, relation.id, plan, name, id);
  const index = createIndex(context, plan.shape, { ...place, constraint }, id);
  if (!only) for (const partition of partitions) defineOnPartition(context, partition, index, plan);
  return index;
}

/** Attaches an index of the partition that fits, or makes one. */
export function defineOnPartition(
  context: ReplayContext,
  partition: Table,
  parent: Index,
  plan: Pick<IndexPlan, 'role' | 'isDeferrable' | 'isInitiallyDeferred' | 'operators' | 'origin'>,
): void {
  const { graph, builder } = context;
  const shape = carriedShape(parent, counterparts(graph, parent.relation, partition.id));
  const fitting = graph
    .ownedBy(partition.id, 'index')
    .find(
      (each) => each.parent === null && each.isValid && sameIndex(each, shape) && hasRole(each, plan.role, context),
    );
  if (fitting) builder.alter(fitting, { parent: parent.id }, context.by, plan.origin);
  else defineIndex(context, partition, { ...plan, shape, name: undefined }, { parent });
}

const CONSTRAINT_OF: Readonly<Record<IndexRole, string | undefined>> = {
  primary: 'primaryKey',
  unique: 'uniqueConstraint',
  exclusion: 'exclusionConstraint',
  plain: undefined,
};

function hasRole(index: Index, role: IndexRole, { graph }: ReplayContext): boolean {
  const wanted = CONSTRAINT_OF[role];
  return wanted === undefined || (index.constraint !== null && graph.find(index.constraint)?.kind === wanted);
}

/** The plan that would make this index again, on a partition or another table. */
export function planOf(index: Index, origin: Origin, { graph }: ReplayContext): IndexPlan {
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  const common = { shape: index, name: undefined, operators: [], origin };
  switch (constraint?.kind) {
    case 'primaryKey':
    case 'uniqueConstraint':
    case 'exclusionConstraint':
      return {
        ...common,
        role:
          constraint.kind === 'primaryKey'
            ? 'primary'
            : constraint.kind === 'uniqueConstraint'
              ? 'unique'
              : 'exclusion',
        isDeferrable: constraint.isDeferrable,
        isInitiallyDeferred: constraint.isInitiallyDeferred,
        operators: constraint.kind === 'exclusionConstraint' ? constraint.operators : [],
      };
    default:
      return { ...common, role: 'plain', isDeferrable: false, isInitiallyDeferred: false };
  }
}

export function createConstraint(
  context: ReplayContext,
  table: EntityId,
  plan: Omit<IndexPlan, 'name'>,
  name: string,
  index: EntityId,
): EntityId {
  const { isDeferrable, isInitiallyDeferred, origin, shape } = plan;
  const common = { table, name, index, isDeferrable, isInitiallyDeferred, origin };
  const columns = shape.keys.flatMap((key) => (key.column === null ? [] : [key.column]));
  const { builder, by } = context;
  if (plan.role === 'primary') return builder.create({ kind: 'primaryKey', ...common, columns }, by).id;
  if (plan.role === 'exclusion')
    return builder.create({ kind: 'exclusionConstraint', ...common, operators: plan.operators }, by).id;
  const { nullsNotDistinct } = shape;
  return builder.create({ kind: 'uniqueConstraint', ...common, columns, nullsNotDistinct }, by).id;
}

function refuseSecondPrimaryKey(relation: Indexed, plan: IndexPlan, context: ReplayContext): void {
  if (plan.role !== 'primary' || context.graph.primaryKey(relation.id) === undefined) return;
  context.refuse(`multiple primary keys for table "${relation.name.name}" are not allowed`);
}

/** A unique index of a partitioned table has to hold every partition key column. */
function refuseWithoutPartitionKey(table: Table, plan: IndexPlan, context: ReplayContext): void {
  if (table.partitionKey === null || !plan.shape.isUnique) return;
  const kind = plan.role === 'primary' ? 'PRIMARY KEY' : 'UNIQUE';
  for (const { column } of table.partitionKey.keys) {
    if (column === null) context.refuse(`unsupported ${kind} constraint with partition key definition`);
    if (!plan.shape.keys.some((key) => key.column === column))
      context.refuse('unique constraint on partitioned table must include all partitioning columns');
  }
}
