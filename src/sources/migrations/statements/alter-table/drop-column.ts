import type { AlterTableCmd } from '@pgsql/types';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import { quoteIdentifier } from '../../../../sql/name.ts';
import type { ReplayContext } from '../../context.ts';
import { dropObjects } from '../../drop-objects.ts';
import { childrenOf, inheritOnly } from '../../relations/children.ts';
import type { Run } from './run.ts';

type Column = EntityOf<'column'>;
type Owner = EntityOf<'table' | 'foreignTable'>;

/** DROP COLUMN: with its indexes, constraints and sequences, and from the tables that only inherited it. */
export function dropColumn(command: AlterTableCmd, run: Run<Owner['kind']>): void {
  const { context, relation, origin } = run;
  const name = command.name ?? '';
  const column = context.graph.column(relation.id, name);
  if (column === undefined) {
    if (command.missing_ok || relation.isAssumed || context.graph.isDoubtful(relation, ['columns'])) return;
    run.context.refuseUnknown('column', `${context.graph.path(relation)}.${quoteIdentifier(name)}`, run.location);
  }
  if (column.isInherited) context.refuse(`cannot drop inherited column "${name}"`, run.location);
  if (relation.kind === 'table') refusePartitionKey(relation, column, 'drop', context);
  const roots = [column, ...(run.only ? [] : inheritedBelow(relation, name, context))];
  if (run.only) makeLocal(relation, name, run);
  dropObjects(context, roots, { cascade: command.behavior === 'DROP_CASCADE', origin });
}

function inheritedBelow(relation: Owner, name: string, { graph }: ReplayContext): readonly Column[] {
  const has = (id: Owner['id']): boolean => graph.column(id, name) !== undefined;
  const inherits = (id: Owner['id']): boolean => graph.column(id, name)?.isInherited === true;
  return inheritOnly(graph, relation.id, has, inherits).flatMap((table) => graph.column(table.id, name) ?? []);
}

function makeLocal(relation: Owner, name: string, { context, origin }: Run): void {
  for (const child of childrenOf(context.graph, relation.id)) {
    const column = context.graph.column(child.id, name);
    if (column?.isInherited) context.builder.alter(column, { isInherited: false }, context.by, origin);
  }
}

export function refusePartitionKey(
  table: EntityOf<'table'>,
  column: Column,
  verb: 'drop' | 'alter',
  context: ReplayContext,
): void {
  const isKey = (table.partitionKey?.keys ?? []).some(
    (key) =>
      key.column === column.id || (key.expression?.references.some((each) => each.target === column.id) ?? false),
  );
  if (isKey)
    context.refuse(
      `cannot ${verb} column "${column.name}" because it is part of the partition key of relation "${table.name.name}"`,
    );
}
