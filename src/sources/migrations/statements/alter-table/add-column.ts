import type { AlterTableCmd, ColumnDef, Constraint } from '@pgsql/types';
import type { EntityOf } from '../../../../graph/entities/index.ts';
import type { Difference } from '../../../../graph/journal.ts';
import { quoteIdentifier } from '../../../../sql/name.ts';
import { fieldsOf } from '../../../../sql/nodes.ts';
import { Refusal } from '../../refusal.ts';
import { addCheck, checkFacts } from '../../relations/checks.ts';
import { childrenOf } from '../../relations/children.ts';
import { type ColumnDefinition, columnDefinition } from '../../relations/column-definition.ts';
import { type ColumnPlan, plannedColumn } from '../../relations/column-plan.ts';
import { addForeignKey } from '../../relations/foreign-keys.ts';
import { defineIndex, planKey } from '../../relations/keys.ts';
import { makeColumn } from '../../relations/make-column.ts';
import { notNullName } from '../../relations/not-null.ts';
import { columnDifferences } from '../../relations/table-differences.ts';
import { elementOrigin } from '../../relations/table-elements.ts';
import type { Run } from './run.ts';

type Column = EntityOf<'column'>;
type Owner = EntityOf<'table' | 'foreignTable'>;
type AddRun = Run<'table' | 'foreignTable'>;

/** ADD COLUMN [IF NOT EXISTS]: the column on this table and those below it, then its constraints. */
export function addColumn(command: AlterTableCmd, run: AddRun): void {
  const { context, relation, location } = run;
  const node = fieldsOf(command.def, 'ColumnDef') ?? {};
  const name = node.colname ?? '';
  if (relation.kind === 'table' && relation.ofType !== null)
    context.refuse('cannot add column to typed table', location);
  if (relation.kind === 'table' && relation.partitionOf !== null)
    context.refuse('cannot add column to a partition', location);
  const existing = context.graph.column(relation.id, name);
  if (existing && existing.isAssumed !== true) {
    if (!command.missing_ok) context.refuseDuplicate(existing, node.location ?? location);
    context.skipped(existing, differences(existing, node, run));
    return;
  }
  const definition = columnDefinition(node, relation.name.name, context);
  const column = makeAddedColumn(run, definition, existing);
  addToChildren(run, relation, column);
  for (const constraint of definition.constraints) addColumnConstraint(run, constraint);
}

function makeAddedColumn(run: AddRun, definition: ColumnDefinition, assumed: Column | undefined): Column {
  const { context, relation } = run;
  const plan: ColumnPlan = plannedColumn(definition, elementOrigin(definition.location, context));
  const { name, notNull, constraints } = definition;
  const isKey = constraints.some((each) => each.contype === 'CONSTR_PRIMARY');
  const isNotNull = notNull !== null || isKey;
  const position = assumed?.position ?? context.graph.columns(relation.id).length + 1;
  return makeColumn(context, relation, plan, {
    position,
    id: assumed?.id ?? context.builder.reserve(),
    notNullName: isNotNull ? (notNull?.name ?? notNullName(context, relation.name, name)) : null,
  });
}

/** ATExecAddColumn() on children: a column of the same name and type is taken for it. */
function addToChildren(run: AddRun, table: Owner, column: Column): void {
  const { context, origin } = run;
  const { graph, builder, by } = context;
  if (table.kind !== 'table') return;
  const children = childrenOf(graph, table.id);
  if (run.only && children.length > 0) context.refuse('column must be added to child tables too', run.location);
  for (const child of children) {
    const existing = graph.column(child.id, column.name);
    if (existing === undefined) {
      const { id: _id, setBy: _setBy, comment: _comment, ...facts } = column;
      const isPartition = child.partitionOf === table.id;
      const made = builder.create(
        {
          ...facts,
          relation: child.id,
          position: graph.columns(child.id).length + 1,
          identity: isPartition ? facts.identity : null,
          isInherited: true,
          origin,
        },
        by,
      );
      addToChildren(run, child, made);
    }
  }
}

function addColumnConstraint(run: AddRun, node: Constraint): void {
  const { context, later } = run;
  const origin = elementOrigin(node.location, context);
  if (node.contype === 'CONSTR_CHECK') {
    later('otherConstraint', () => {
      const facts = checkFacts(context, run.relation, node, { origin, isValidated: true });
      addCheck(context, run.relation, facts, run.only);
    });
    return;
  }
  const table = (): EntityOf<'table'> => {
    const { relation } = run;
    if (relation.kind === 'table') return relation;
    return context.refuse(
      'primary key, unique and foreign key constraints are not supported on foreign tables',
      node.location,
    );
  };
  if (node.contype === 'CONSTR_FOREIGN')
    later('otherConstraint', () => void addForeignKey(context, table(), node, { origin, isValidated: true }));
  else later('indexConstraint', () => void defineIndex(context, table(), planKey(node, table(), origin, context)));
}

/** In what the column that stands differs from the one asked for: that one is made under another name, compared, and undone. */
function differences(existing: Column, node: ColumnDef, run: AddRun): readonly Difference[] {
  const { context } = run;
  const { builder, graph } = context;
  const mark = builder.mark();
  try {
    const definition = columnDefinition(node, run.relation.name.name, context);
    const wanted = makeAddedColumn(run, { ...definition, name: `${definition.name}\u0001` }, undefined);
    const isKey = definition.constraints.some((each) => each.contype === 'CONSTR_PRIMARY');
    const what = `column ${quoteIdentifier(existing.name)}`;
    const reference = definition.constraints.find((each) => each.contype === 'CONSTR_FOREIGN');
    return [
      ...columnDifferences(graph, what, existing, isKey ? { ...wanted, notNull: true } : wanted),
      ...(reference ? referenceDifferences(existing, reference, what, run) : []),
    ];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [];
  } finally {
    builder.undoTo(mark);
  }
}

function referenceDifferences(
  existing: Column,
  node: Constraint,
  what: string,
  { context, relation }: AddRun,
): readonly Difference[] {
  const { graph } = context;
  const keys = graph
    .ownedBy(relation.id, 'foreignKey')
    .filter((each) => each.columns.length === 1 && each.columns[0] === existing.id);
  const target = context.lookup(node.pktable ?? {});
  if (target === undefined || keys.some((each) => each.referencedTable === target.id)) return [];
  const [key] = keys;
  const standing = key === undefined ? 'none' : graph.path(graph.get('table', key.referencedTable));
  return [{ what: `${what} reference`, existing: standing, wanted: graph.path(target) }];
}
