import type { AlterTableCmd } from '@pgsql/types';
import type { BoundExpression } from '../../../../graph/bound-expression.ts';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import { childrenOf } from '../../relations/children.ts';
import { storedDefault } from '../../relations/stored-default.ts';
import { columnOf, type Run } from './run.ts';

/** DROP DEFAULT goes before a change of the type, SET DEFAULT comes behind it (ATPrepCmd()). */
export function columnDefault(command: AlterTableCmd, run: Run<'table' | 'foreignTable' | 'view'>): void {
  if (command.def === undefined) setDefault(command, run);
  else run.later('otherConstraint', () => setDefault(command, run));
}

/** On the tables below too. */
function setDefault(command: AlterTableCmd, run: Run<'table' | 'foreignTable' | 'view'>): void {
  const { context, relation, location } = run;
  const column = columnOf(run, command.name);
  const what = `column "${column.name}" of relation "${relation.name.name}"`;
  if (column.identity !== null) context.refuse(`${what} is an identity column`, location);
  if (column.generated !== null) context.refuse(`${what} is a generated column`, location);
  setBelow(
    run,
    column,
    command.def === undefined ? null : storedDefault(context.expression(command.def), column, context),
  );
}

function setBelow(run: Run, column: EntityOf<'column'>, value: BoundExpression | null): void {
  const { builder, graph, by } = run.context;
  builder.alter(column, { default: value }, by, run.origin);
  if (run.only) return;
  for (const child of childrenOf(graph, column.relation)) {
    const below = graph.column(child.id, column.name);
    if (below) setBelow(run, below, value);
  }
}
