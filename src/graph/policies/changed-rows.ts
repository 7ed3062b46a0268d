import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { constantText } from '../query-shapes/operand.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { startsFor } from '../query-shapes/trigger-ways.ts';
import { isNamedInBody } from '../routines/function-body.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { labelIn } from '../values/failed-check.ts';
import { statusLabels } from '../values/status-labels.ts';

type Column = EntityOf<'column'>;

/** A row of which an UPDATE sets the status to one of its listed values, where it was another before. */
export interface ChangedRow {
  readonly column: Column;
  readonly value: string;
  /** What the body of a trigger's function knows when it starts: as well, that NEW names a row by each foreign key that it asks about. */
  readonly known: Assumption;
  /** The columns of those keys that it has asked about so far. */
  readonly named: () => readonly EntityId[];
}

/** The changes for which the trigger runs of statuses that its function names. */
export function changedRows(
  graph: SchemaGraph,
  { relation, when, updateColumns }: EntityOf<'trigger'>,
  called: EntityOf<'function'>,
): readonly ChangedRow[] {
  return graph.columns(relation).flatMap((column): readonly ChangedRow[] => {
    if (updateColumns.length > 0 && !updateColumns.includes(column.id)) return [];
    if (!isNamedInBody(called, column.name)) return [];
    const labels = statusLabels(graph, column);
    const start = column.default === null ? null : constantText(column.default.tree);
    return labels.flatMap((value): readonly ChangedRow[] => {
      const before = start !== null && start !== value ? start : labels.find((each) => each !== value);
      if (before === undefined) return [];
      const row = changedRow(graph, column, before, value);
      return when === null || foldBoolean(when.tree, row.known) === true ? [row] : [];
    });
  });
}

function changedRow(graph: SchemaGraph, column: Column, before: string, value: string): ChangedRow {
  const keys = graph.ownedBy(column.relation, 'foreignKey').flatMap(({ columns }) => columns);
  const named = new Set<EntityId>();
  const starts = startsFor('update');
  const known = (node: Node) => {
    const { arg, nulltesttype } = fieldsOf(node, 'NullTest') ?? {};
    const asked = rowField(arg);
    const key = asked?.row === 'new' ? graph.column(column.relation, asked.name)?.id : undefined;
    if (key !== undefined && keys.includes(key)) {
      named.add(key);
      return nulltesttype === 'IS_NOT_NULL';
    }
    const field = rowField(node);
    if (field?.name === column.name) return field.row === 'new' ? value : before;
    return labelIn(graph, node) ?? starts(node);
  };
  return { column, value, known, named: () => [...named] };
}
