import { askedOnce } from '../asked-once.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isNullable } from '../nulls/nullability.ts';
import { ownColumns } from '../own-column.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { tablesAbove } from './cascades.ts';
import { assumed, isOptional, MOST_OTHERS, subsetsOf } from './kept-by-check.ts';
import { emptyingBy } from './refused-set-nulls.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type CheckConstraint = EntityOf<'checkConstraint'>;
type Column = EntityOf<'column'>;

/** The columns that a key's SET NULL empties which may not be NULL, and which no trigger fills. */
export function requiredOfEmptied(graph: SchemaGraph, key: ForeignKey): readonly Column[] {
  const { sets, unknown } = columnsSetByTriggers(graph, key.table, 'update');
  if (unknown.length > 0) return [];
  const emptied = key.onDelete === 'set null' && key.setColumns.length > 0 ? key.setColumns : key.columns;
  return emptied
    .map((id) => graph.get('column', id))
    .filter((each) => !isNullable(graph, each) && !sets.some(({ column }) => column === each.id));
}

/** A CHECK that no row passes once the action of a key has emptied its columns. */
export interface RefusedEmptying {
  readonly check: CheckConstraint;
  readonly columns: readonly Column[];
  /** The keys of the other columns the CHECK is about, which are all NULL then; empty where a row may have more to it. */
  readonly otherKeys: readonly ForeignKey[];
}

/**
 * What ON DELETE SET NULL, or SET DEFAULT with no default, always meets: tried for each of the other columns being NULL or not, of the rows that
 * the table's CHECKs let in, none passes afterwards. The action is an UPDATE that is checked as any other (ExecConstraints()). Nothing is said where a
 * trigger sets one of the columns or lets no UPDATE through, and where one row is enough that passes.
 */
export const refusedEmptying = askedOnce((graph: SchemaGraph, key: ForeignKey): RefusedEmptying | undefined => {
  if (key.parent !== null || !key.isEnforced || !isEmptying(graph, key)) return undefined;
  const emptying = emptyingBy(graph, key);
  if (emptying === undefined) return undefined;
  const { columns, kept } = emptying;
  const checks = graph.ownedBy(key.table, 'checkConstraint').filter((each) => each.isEnforced && each.isValidated);
  for (const check of checks.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const named = columnsOf(graph, check);
    const emptied = columns.filter((each) => named.includes(each));
    if (emptied.length === 0 || !named.every((each) => kept.includes(each) && each.generated === null)) continue;
    const others = named.filter((each) => !key.columns.includes(each.id) && isOptional(graph, each.id));
    if (others.length > MOST_OTHERS) continue;
    const rows = admittedRows(graph, key, checks, named, others);
    const gone = columns.map(({ id }) => id);
    const isRefused = (row: readonly EntityId[]) =>
      foldBoolean(check.expression.tree, assumed(check.expression, new Set([...row, ...gone]))) === false;
    if (rows.length === 0 || !rows.every(isRefused)) continue;
    const hasNoOther = rows.every((row) => row.length === others.length);
    return { check, columns: emptied, otherKeys: hasNoOther ? keysOf(graph, key, others) : [] };
  }
  return undefined;
});

export function isEmptying(graph: SchemaGraph, key: ForeignKey): boolean {
  if (key.onDelete !== 'set default') return key.onDelete === 'set null';
  return (key.setColumns.length > 0 ? key.setColumns : key.columns).every((id) => {
    const { default: own, identity, generated, type } = graph.get('column', id);
    const stored = type?.entity === undefined ? undefined : graph.find(type.entity);
    return own === null && identity === null && generated === null && stored?.kind !== 'domain';
  });
}

function columnsOf(graph: SchemaGraph, { expression, on }: CheckConstraint): readonly Column[] {
  const own = ownColumns(expression.tree, expression);
  return graph.columns(on).filter(({ id }) => own.has(id));
}

/** Which of the other columns are NULL in rows that refer by the key, by the CHECKs that are about none but these columns. */
function admittedRows(
  graph: SchemaGraph,
  key: ForeignKey,
  checks: readonly CheckConstraint[],
  named: readonly Column[],
  others: readonly Column[],
): readonly (readonly EntityId[])[] {
  const within = checks.filter((each) =>
    columnsOf(graph, each).every((column) => named.includes(column) || key.columns.includes(column.id)),
  );
  return subsetsOf(others.map(({ id }) => id)).filter((row) =>
    within.every(({ expression }) => foldBoolean(expression.tree, assumed(expression, new Set(row))) !== false),
  );
}

/** One for each of the columns; none where one of them refers to nothing. */
function keysOf(graph: SchemaGraph, key: ForeignKey, columns: readonly Column[]): readonly ForeignKey[] {
  const keys = graph.ownedBy(key.table, 'foreignKey').filter((each) => each !== key && each.isEnforced);
  const own = columns.map(({ id }) => keys.find((each) => each.columns.length === 1 && each.columns[0] === id));
  return own.every((each) => each !== undefined) ? own : [];
}

/** The tables of which a DELETE comes to the action of a key. */
export interface DeletesActing {
  /** The rows that refer by the key are still there then. */
  readonly surely: readonly EntityId[];
  /** They go along before or in the same step (see blockedDelete()), where they hang on the same row. */
  readonly mayGoFirst: readonly EntityId[];
}

export function deletesActing(graph: SchemaGraph, key: ForeignKey): DeletesActing {
  const ofChild = tablesAbove(graph, key.table);
  const goesToo = graph
    .ownedBy(key.table, 'foreignKey')
    .some((each) => each !== key && each.onDelete === 'cascade' && each.referencedTable === key.referencedTable);
  const above = [...tablesAbove(graph, key.referencedTable)];
  const isSure = ([table, steps]: readonly [EntityId, number]): boolean => {
    if (table === key.referencedTable) return !goesToo;
    const stepsToChild = ofChild.get(table);
    return stepsToChild === undefined || stepsToChild > steps + 1;
  };
  return {
    surely: above.filter(isSure).map(([table]) => table),
    mayGoFirst: above.filter((each) => !isSure(each)).map(([table]) => table),
  };
}
