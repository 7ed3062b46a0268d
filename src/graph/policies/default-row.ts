import type { Assumption, ConstantValue } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { type RowEvent, startsFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isRewritten } from '../triggers/write-guards.ts';
import { checkFailedBy, checkOutcome, defaultOf, type KnownValues, labelIn } from '../values/failed-check.ts';
import { decidingClause } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Table = EntityOf<'table'>;

/** A new row that names nothing but what it has to: its other columns hold the constants that are their defaults. */
export interface DefaultRow {
  /** Is the condition of a trigger for INSERT true of it? */
  readonly meets: (when: BoundExpression | null) => boolean;
  /** What the body of a trigger's function knows when it starts. */
  readonly known: Assumption;
  /** The columns that either has asked for so far. */
  readonly asked: () => ReadonlyMap<EntityId, ConstantValue>;
}

/** Undefined where a trigger may write other values, or not all is known of the columns. A default of NULL is none. */
export function defaultRow(graph: SchemaGraph, table: Table): DefaultRow | undefined {
  if (graph.isDoubtful(table, ['columns', 'constraints', 'triggers']) || isRewritten(graph, table, 'insert'))
    return undefined;
  const asked = new Map<EntityId, ConstantValue>();
  const heldBy = (column: EntityOf<'column'> | undefined): ConstantValue | undefined => {
    const value = column === undefined || column.isAssumed === true ? undefined : defaultOf(graph, column);
    if (column === undefined || value === undefined || value === null) return undefined;
    asked.set(column.id, value);
    return value;
  };
  const starts = startsFor('insert');
  return {
    meets: (when) =>
      when === null ||
      foldBoolean(when.tree, (node) => {
        const meaning = 'ColumnRef' in node ? when.meanings.get(node.ColumnRef) : undefined;
        const column =
          meaning?.kind === 'column' && meaning.column !== undefined ? graph.find(meaning.column) : undefined;
        return column?.kind === 'column' && column.relation === table.id ? heldBy(column) : labelIn(graph, node);
      }) === true,
    known: (node) => {
      const field = rowField(node);
      const value = field?.row === 'new' ? heldBy(graph.column(table.id, field.name)) : labelIn(graph, node);
      return value ?? starts(node);
    },
    asked: () => asked,
  };
}

/** Is a row with these values let in for the role, as far as they are all that decides: by a CHECK, by policies? */
export function mayHold(
  graph: SchemaGraph,
  table: Table,
  event: Extract<RowEvent, 'insert'>,
  { role }: Pick<ClientAccess, 'role'>,
  values: KnownValues,
): boolean {
  if (checkFailedBy(graph, table.id, values) !== undefined) return false;
  const outcomes = policiesFor(graph, table, event, role).flatMap((each) => {
    const expression = decidingClause(each, event);
    const outcome = expression === null ? false : checkOutcome({ expression }, values);
    return [{ isPermissive: each.isPermissive, isMet: outcome === true || outcome === undefined }];
  });
  return (
    outcomes.some(({ isPermissive, isMet }) => isPermissive && isMet) &&
    outcomes.every(({ isPermissive, isMet }) => isPermissive || isMet)
  );
}
