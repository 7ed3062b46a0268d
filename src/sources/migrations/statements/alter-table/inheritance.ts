import type { AlterTableCmd } from '@pgsql/types';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import { sameExpression } from '../../../../graph/same-expression.ts';
import { sameType } from '../../../../graph/types/type-ref.ts';
import { fieldsOf } from '../../../../sql/nodes.ts';
import { counterparts } from '../../relations/carried-expression.ts';
import { parentsOf } from '../../relations/children.ts';
import type { Run } from './run.ts';

type Table = EntityOf<'table'>;

/** INHERIT parent: the child must have its columns and checks already. */
export function inherit(command: AlterTableCmd, run: Run<'table'>): void {
  const { context, relation, origin, location } = run;
  const parent = context.relation(fieldsOf(command.def, 'RangeVar') ?? {}, 'table');
  if (relation.inherits.includes(parent.id))
    context.refuse(`relation "${parent.name.name}" would be inherited from more than once`, location);
  refuseMismatch(parent, run);
  context.builder.alter(relation, { inherits: [...relation.inherits, parent.id] }, context.by, origin);
}

/** MergeAttributesIntoExisting() and MergeConstraintsIntoExisting(): what the parent has, the child must have alike. */
export function refuseMismatch(parent: Table, run: Run<'table'>): void {
  const { context, relation, location } = run;
  const { graph } = context;
  if (relation.isAssumed || graph.isDoubtful(relation, ['columns', 'constraints'])) return;
  const name = relation.name.name;
  for (const column of graph.columns(parent.id)) {
    const own = graph.column(relation.id, column.name);
    if (column.isAssumed || own?.isAssumed) continue;
    if (own === undefined) run.context.refuse(`child table is missing column "${column.name}"`, location);
    if (
      own.type &&
      column.type &&
      !sameType(own.type, column.type) &&
      !own.type.isUnresolved &&
      !column.type.isUnresolved
    )
      context.refuse(`child table "${name}" has different type for column "${column.name}"`, location);
    if (column.notNull && !own.notNull)
      context.refuse(`column "${column.name}" in child table "${name}" must be marked NOT NULL`, location);
  }
  const to = counterparts(graph, parent.id, relation.id);
  for (const check of graph.ownedBy(parent.id, 'checkConstraint')) {
    if (check.noInherit) continue;
    const own = graph.constraint(relation.id, check.name);
    if (own?.kind !== 'checkConstraint')
      run.context.refuse(`child table is missing constraint "${check.name}"`, location);
    if (!sameExpression(check.expression, own.expression, (id) => to.get(id) ?? id))
      context.refuse(`child table "${name}" has different definition for check constraint "${check.name}"`, location);
  }
}

/** NO INHERIT parent: what it inherited stays as its own. */
export function disinherit(command: AlterTableCmd, run: Run<'table'>): void {
  const { context, relation, origin, location } = run;
  const parent = context.relation(fieldsOf(command.def, 'RangeVar') ?? {}, 'table');
  if (!relation.inherits.includes(parent.id) && !relation.isAssumed)
    context.refuse(`relation "${parent.name.name}" is not a parent of relation "${relation.name.name}"`, location);
  const inherits = relation.inherits.filter((each) => each !== parent.id);
  context.builder.alter(relation, { inherits }, context.by, origin);
  makeOwn(parent, run);
}

/** Columns and checks that came from this parent only are the table's own from now on. */
export function makeOwn(parent: Table, { context, relation, origin }: Run<'table'>): void {
  const { graph, builder, by } = context;
  const others = parentsOf(graph, relation);
  for (const column of graph.columns(relation.id)) {
    const came = column.isInherited && graph.column(parent.id, column.name) !== undefined;
    if (came && !others.some((other) => graph.column(other.id, column.name) !== undefined))
      builder.alter(column, { isInherited: false }, by, origin);
  }
  for (const check of graph.ownedBy(relation.id, 'checkConstraint')) {
    const came = check.isInherited && graph.constraint(parent.id, check.name) !== undefined;
    if (came && !others.some((other) => graph.constraint(other.id, check.name) !== undefined))
      builder.alter(check, { isInherited: false }, by, origin);
  }
}
