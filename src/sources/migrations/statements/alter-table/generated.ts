import type { AlterTableCmd } from '@pgsql/types';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import { childrenOf } from '../../relations/children.ts';
import { refuseGeneration } from '../../relations/generation-expression.ts';
import { columnOf, type Run } from './run.ts';

type Owner = EntityOf<'table' | 'foreignTable'>;

/** SET EXPRESSION AS (…), PG 17. */
export function setExpression(command: AlterTableCmd, run: Run<Owner['kind']>): void {
  const { context, relation, origin } = run;
  const column = columnOf(run, command.name);
  if (column.generated === null) run.context.refuse(notGenerated(column, relation), run.location);
  if (command.def === undefined) return;
  const expression = context.expression(command.def, { relation });
  refuseGeneration(expression, context);
  const { stored } = column.generated;
  context.builder.alter(column, { generated: { expression, stored } }, context.by, origin);
  for (const child of run.only ? [] : childrenOf(context.graph, relation.id)) {
    const below = context.graph.column(child.id, column.name);
    if (!below?.generated) continue;
    const own = context.expression(command.def, { relation: child });
    context.builder.alter(below, { generated: { expression: own, stored } }, context.by, origin);
  }
}

/** DROP EXPRESSION: the column keeps its values and becomes an ordinary one. */
export function dropExpression(command: AlterTableCmd, run: Run<Owner['kind']>): void {
  const { context, relation, location } = run;
  const column = columnOf(run, command.name);
  if (column.generated === null) {
    if (command.missing_ok || column.isAssumed) return;
    run.context.refuse(notGenerated(column, relation), location);
  }
  if (!column.generated.stored)
    context.refuse('ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns', location);
  const below = run.only ? [] : childrenOf(context.graph, relation.id);
  const inherited = below.flatMap((child) => context.graph.column(child.id, column.name) ?? []);
  for (const each of [column, ...inherited]) context.builder.alter(each, { generated: null }, context.by, run.origin);
}

function notGenerated(column: EntityOf<'column'>, relation: Owner): string {
  return `column "${column.name}" of relation "${relation.name.name}" is not a generated column`;
}
