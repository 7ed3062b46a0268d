import type { AlterTableCmd } from '@pgsql/types';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import { defElems } from '../../../../sql/def-elem.ts';
import { fieldsOf } from '../../../../sql/nodes.ts';
import { dropObjects } from '../../drop-objects.ts';
import { withDescendants } from '../../relations/children.ts';
import { identityOf, makeIdentitySequence } from '../../relations/make-column.ts';
import { sequenceFacts } from '../../relations/sequence-facts.ts';
import { identitySequence } from '../../relations/sequences.ts';
import { columnOf, type Run } from './run.ts';

type Column = EntityOf<'column'>;

/** ADD GENERATED … AS IDENTITY. */
export function addIdentity(command: AlterTableCmd, run: Run<'table'>): void {
  const { context, relation, location } = run;
  const column = columnOf(run, command.name);
  const node = fieldsOf(command.def, 'Constraint') ?? fieldsOf(command.def, 'ColumnDef') ?? {};
  const what = `column "${column.name}" of relation "${relation.name.name}"`;
  if (!column.notNull && !column.isAssumed)
    context.refuse(`${what} must be declared NOT NULL before identity can be added`, location);
  if (column.identity !== null) context.refuse(`${what} is already an identity column`, location);
  if (column.default !== null) context.refuse(`${what} already has a default value`, location);
  const options = 'options' in node ? (node.options ?? []) : [];
  const kind = identityOf('generated_when' in node ? node.generated_when : undefined);
  setIdentityKind(run, column, kind);
  makeIdentitySequence(context, relation, column, options, run.origin);
}

/** SET GENERATED …, SET sequence options, RESTART. */
export function setIdentity(command: AlterTableCmd, run: Run<'table'>): void {
  const { context, relation, location } = run;
  const column = columnOf(run, command.name);
  if (column.identity === null) {
    if (column.isAssumed) return;
    context.refuse(`column "${column.name}" of relation "${relation.name.name}" is not an identity column`, location);
  }
  const options = fieldsOf(command.def, 'List')?.items;
  const generated = defElems(options).find((each) => each.defname === 'generated')?.arg;
  const letter = fieldsOf(generated, 'Integer')?.ival;
  if (letter !== undefined) setIdentityKind(run, column, identityOf(String.fromCharCode(letter)));
  const sequence = identitySequence(context, column.id);
  if (sequence && defElems(options).some((each) => each.defname !== 'generated' && each.defname !== 'restart'))
    context.builder.alter(sequence, sequenceFacts(options, sequence, context), context.by, run.origin);
}

export function dropIdentity(command: AlterTableCmd, run: Run<'table'>): void {
  const { context, relation, location } = run;
  const column = columnOf(run, command.name);
  if (column.identity === null) {
    if (command.missing_ok || column.isAssumed) return;
    context.refuse(`column "${column.name}" of relation "${relation.name.name}" is not an identity column`, location);
  }
  setIdentityKind(run, column, null);
  const sequence = identitySequence(context, column.id);
  if (sequence) dropObjects(context, [sequence], { cascade: true });
}

/** Partitions share it (PG 17); other children do not. */
function setIdentityKind(run: Run<'table'>, column: Column, identity: Column['identity']): void {
  const { graph, builder, by } = run.context;
  for (const table of withDescendants(graph, run.relation)) {
    const own = graph.column(table.id, column.name);
    const shares = table.id === run.relation.id || table.partitionOf !== null;
    if (own && shares) builder.alter(own, { identity }, by, run.origin);
  }
}
