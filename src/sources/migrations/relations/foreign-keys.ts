import type { Constraint } from '@pgsql/types';
import type { ForeignKey, ReferentialAction } from '../../../graph/entities/foreign-key.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Origin } from '../../../graph/origin.ts';
import type { ReplayContext } from '../context.ts';
import { counterparts } from './carried-expression.ts';
import { partitionsOf } from './children.ts';
import { refuseIncompatible } from './key-types.ts';
import { chooseConstraintName, joinedColumnNames } from './object-name.ts';

type Table = EntityOf<'table'>;

const ACTIONS: ReadonlyMap<string, ReferentialAction> = new Map([
  ['a', 'no action'],
  ['r', 'restrict'],
  ['c', 'cascade'],
  ['n', 'set null'],
  ['d', 'set default'],
]);

/** ATAddForeignKeyConstraint() (src/backend/commands/tablecmds.c). `fk_attrs` holds the columns, of a column constraint too. */
export function addForeignKey(
  context: ReplayContext,
  table: Table,
  node: Constraint,
  { origin, isValidated }: { readonly origin: Origin; readonly isValidated: boolean },
): EntityOf<'foreignKey'> {
  const { graph } = context;
  const columns = context.columns(table, node.fk_attrs, node.location);
  const written = `${graph.path(table)} (${graph.columnsText(columns)})`;
  const { referenced, target } = context.assumptions.ofForeignKey(written, () => {
    const found = referencedTable(node, context);
    return { referenced: found, target: referencedKey(node, found, columns.length, context) };
  });
  const name = node.conname ?? generatedName(context, table, columns);
  refuseTakenName(context, table, name);
  refuseIncompatible({ name, columns, referenced: target.columns }, context);
  const draft: Draft = {
    kind: 'foreignKey',
    table: table.id,
    name,
    columns,
    referencedTable: referenced.id,
    referencedColumns: target.columns,
    onDelete: ACTIONS.get(node.fk_del_action ?? 'a') ?? 'no action',
    onUpdate: ACTIONS.get(node.fk_upd_action ?? 'a') ?? 'no action',
    setColumns: context.columns(table, node.fk_del_set_cols, node.location),
    match: node.fk_matchtype === 'f' ? 'full' : 'simple',
    isValidated: isValidated && node.is_enforced === true,
    isEnforced: node.is_enforced === true,
    isDeferrable: node.deferrable === true,
    isInitiallyDeferred: node.initdeferred === true,
    parent: null,
    referencedIndex: target.index,
    origin,
  };
  const key = context.builder.create(draft, context.by);
  for (const partition of partitionsOf(graph, table.id)) cloneForeignKey(context, key, partition, origin);
  return key;
}

type Draft = Omit<ForeignKey, 'id' | 'setBy' | 'comment'>;

/** CloneFkReferencing(): a partition's own key for the one of its parent. One it has already that fits is attached instead. */
export function cloneForeignKey(context: ReplayContext, key: ForeignKey, partition: Table, origin: Origin): void {
  const { graph, builder, by } = context;
  const to = counterparts(graph, key.table, partition.id);
  const columns = key.columns.map((id) => to.get(id) ?? id);
  const fitting = graph
    .ownedBy(partition.id, 'foreignKey')
    .find((each) => each.parent === null && isSameReference(each, key, columns));
  if (fitting) {
    builder.alter(fitting, { parent: key.id }, by, origin);
    return;
  }
  const { id: _id, setBy: _setBy, comment: _comment, ...facts } = key;
  const isTaken = graph.constraint(partition.id, key.name) !== undefined;
  const clone = builder.create(
    {
      ...facts,
      table: partition.id,
      name: isTaken ? generatedName(context, partition, columns) : key.name,
      columns,
      setColumns: key.setColumns.map((each) => to.get(each) ?? each),
      parent: key.id,
      origin,
    },
    by,
  );
  for (const below of partitionsOf(graph, partition.id)) cloneForeignKey(context, clone, below, origin);
}

function isSameReference(own: ForeignKey, key: ForeignKey, columns: readonly EntityId[]): boolean {
  const equal = (a: readonly EntityId[], b: readonly EntityId[]) =>
    a.length === b.length && a.every((id, i) => id === b[i]);
  return (
    own.referencedTable === key.referencedTable &&
    equal(own.columns, columns) &&
    equal(own.referencedColumns, key.referencedColumns) &&
    own.isDeferrable === key.isDeferrable &&
    own.isInitiallyDeferred === key.isInitiallyDeferred &&
    own.onDelete === key.onDelete &&
    own.onUpdate === key.onUpdate &&
    own.match === key.match
  );
}

function generatedName(context: ReplayContext, table: Table, columns: readonly EntityId[]): string {
  const addition = joinedColumnNames(context.graph.columnNames(columns));
  return chooseConstraintName(context, table.name.schema, [table.name.name, addition, 'fkey']);
}

export function refuseTakenName(context: ReplayContext, table: EntityOf<'table' | 'foreignTable'>, name: string): void {
  const taken =
    context.graph.constraint(table.id, name) ??
    context.graph.columns(table.id).find((column) => column.notNullName === name);
  if (taken) context.refuseDuplicate(taken);
}

function referencedTable(node: Constraint, context: ReplayContext): Table {
  const range = node.pktable ?? {};
  const found = context.lookup(range);
  if (found !== undefined && found.kind !== 'table')
    context.refuse(`referenced relation "${found.name.name}" is not a table`, range.location);
  return found ?? context.assumptions.table(range);
}

interface ReferencedKey {
  readonly columns: readonly EntityId[];
  readonly index: EntityId | null;
}

/** transformFkeyCheckAttrs() and transformFkeyGetPrimaryKey(): the unique index that the key rests on. */
function referencedKey(node: Constraint, table: Table, count: number, context: ReplayContext): ReferencedKey {
  const { graph } = context;
  const named = context.columns(table, node.pk_attrs, node.pktable?.location);
  const isCertain = table.isAssumed !== true && !graph.isDoubtful(table, ['columns', 'constraints', 'indexes']);
  if ((node.pk_attrs ?? []).length === 0) {
    const primary = graph.primaryKey(table.id);
    if (primary === undefined) {
      if (isCertain) context.refuse(`there is no primary key for referenced table "${table.name.name}"`, node.location);
      return { columns: [], index: null };
    }
    if (primary.columns.length !== count) refuseCount(node, context);
    return { columns: primary.columns, index: primary.index };
  }
  if (named.length !== count) refuseCount(node, context);
  const fitting = graph.ownedBy(table.id, 'index').filter((index) => isUniqueOver(index, named));
  const index = fitting.find((each) => !isDeferrable(each, context));
  if (index) return { columns: named, index: index.id };
  const isKnown = isCertain && named.every((id) => graph.find(id)?.isAssumed !== true);
  if (isKnown && fitting.length > 0)
    context.refuse(
      `cannot use a deferrable unique constraint for referenced table "${table.name.name}"`,
      node.location,
    );
  if (isKnown)
    context.refuse(
      `there is no unique constraint matching given keys for referenced table "${table.name.name}"`,
      node.location,
    );
  return { columns: named, index: null };
}

function refuseCount(node: Constraint, context: ReplayContext): never {
  context.refuse('number of referencing and referenced columns for foreign key disagree', node.location);
}

/** A valid unique index over just these columns, in any order, without expressions and predicate. */
function isUniqueOver(index: EntityOf<'index'>, columns: readonly EntityId[]): boolean {
  return (
    index.isUnique &&
    index.isValid &&
    index.predicate === null &&
    index.keys.length === columns.length &&
    index.keys.every((key) => key.column !== null && columns.includes(key.column))
  );
}

function isDeferrable(index: EntityOf<'index'>, { graph }: ReplayContext): boolean {
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  return (constraint?.kind === 'primaryKey' || constraint?.kind === 'uniqueConstraint') && constraint.isDeferrable;
}
