import type { AlterTableCmd } from '@pgsql/types';
import { parentsOf } from '../../relations/children.ts';
import { dropNotNull, setNotNull, type WithColumns } from '../../relations/not-null.ts';
import { columnOf, type Run } from './run.ts';

export function setColumnNotNull(command: AlterTableCmd, run: Run<WithColumns['kind']>): void {
  const { context, relation, only, origin } = run;
  setNotNull(context, relation, columnOf(run, command.name), { only, origin });
}

export function dropColumnNotNull(command: AlterTableCmd, run: Run<WithColumns['kind']>): void {
  const { context, relation, origin, location } = run;
  const column = columnOf(run, command.name);
  if (relation.kind === 'table' && column.notNull) {
    const inherited = parentsOf(context.graph, relation).some(
      (parent) => context.graph.column(parent.id, column.name)?.notNull,
    );
    if (inherited) context.refuse(`column "${column.name}" is marked NOT NULL in parent table`, location);
  }
  dropNotNull(context, relation, column, origin);
}
