import type { SourceLocation } from '../../sql/location.ts';
import { askedOnce } from '../asked-once.ts';
import type { ConstantValue } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { ownColumn, ownColumns } from '../own-column.ts';
import { NULL, type Write } from '../query-shapes/query.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { checkFailedBy, defaultOf, storedConstant } from '../values/failed-check.ts';
import { isOptional } from './kept-by-check.ts';
import { isEmptying, refusedEmptying } from './refused-nulls.ts';
import { type Emptying, emptyingBy } from './refused-set-nulls.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type CheckConstraint = EntityOf<'checkConstraint'>;
type Column = EntityOf<'column'>;

/** Rows of one kind, which a function of the schema adds and which pass a CHECK no longer once the action of a key has emptied its columns. */
export interface RefusedKind {
  readonly check: CheckConstraint;
  readonly columns: readonly Column[];
  /** What the function puts into other columns, as far as the CHECK rests on it. */
  readonly having: ReadonlyMap<Column, ConstantValue>;
  readonly writer: EntityOf<'function'>;
  readonly at: SourceLocation | null;
}

/**
 * `check (kind = 'shop' or owner_id is not null)`, where a function adds rows with `kind` 'personal' and an owner: the action is an UPDATE that the CHECK refuses
 * for these. What is not a constant there may be anything, so that nothing is said where the CHECK rests on it, on what a trigger sets, or where it
 * refuses each row (refusedEmptying()). Each kind once.
 */
export const refusedKinds = askedOnce((graph: SchemaGraph, key: ForeignKey): readonly RefusedKind[] => {
  if (key.parent !== null || !key.isEnforced || !isEmptying(graph, key)) return [];
  const emptying = emptyingBy(graph, key);
  if (emptying === undefined || refusedEmptying(graph, key) !== undefined) return [];
  const set = columnsSetByTriggers(graph, key.table, 'insert');
  const checks = graph.ownedBy(key.table, 'checkConstraint').filter((each) => each.isEnforced);
  if (set.unknown.length > 0 || checks.length === 0) return [];
  const changed = new Set(set.sets.map(({ column }) => column));
  const found = new Map<string, RefusedKind>();
  for (const { holder, write } of writesTo(graph, key.table)) {
    if (holder.kind !== 'function' || write.kind !== 'insert' || graph.isDoubtful(holder, ['functions'])) continue;
    if (!emptying.columns.every(({ id }) => isGiven(write, id)) || emptying.columns.some(({ id }) => changed.has(id)))
      continue;
    const given = constantsOf(graph, write, key.table, changed);
    if (checkFailedBy(graph, key.table, idsOf(given)) !== undefined) continue;
    for (const check of checks) {
      const kind = kindRefused(graph, key, check, emptying, given);
      if (kind === undefined) continue;
      const name = [check.id, ...[...kind.having].map(([{ id }, value]) => `${id}=${String(value)}`)].join();
      if (!found.has(name)) found.set(name, { ...kind, check, writer: holder, at: write.at });
    }
  }
  return [...found.values()];
});

function isGiven({ sets }: Write, id: EntityId): boolean {
  return sets.some(({ column, from, constant }) => column === id && from !== 'default' && constant !== NULL);
}

/** The constants that a new row holds, by what the INSERT gives and by the defaults of what it leaves out. What is NULL yet may be filled later. */
function constantsOf(
  graph: SchemaGraph,
  { sets }: Write,
  table: EntityId,
  changed: ReadonlySet<EntityId>,
): ReadonlyMap<Column, ConstantValue> {
  const given = new Map<Column, ConstantValue>();
  for (const column of graph.columns(table)) {
    if (changed.has(column.id) || column.generated !== null) continue;
    const set = sets.find((each) => each.column === column.id);
    const isDefault = set === undefined || set.from === 'default';
    const value = isDefault ? defaultOf(graph, column) : set.value && storedConstant(graph, column, set.value);
    if (value !== undefined && value !== null) given.set(column, value);
  }
  return given;
}

function idsOf(given: ReadonlyMap<Column, ConstantValue>): ReadonlyMap<EntityId, ConstantValue> {
  return new Map([...given].map(([{ id }, value]) => [id, value]));
}

function kindRefused(
  graph: SchemaGraph,
  key: ForeignKey,
  { expression }: CheckConstraint,
  { columns, kept }: Emptying,
  given: ReadonlyMap<Column, ConstantValue>,
): Pick<RefusedKind, 'columns' | 'having'> | undefined {
  const named = ownColumns(expression.tree, expression);
  const emptied = columns.filter(({ id }) => named.has(id));
  const isKept = [...named].every((id) => kept.some((each) => each.id === id && each.generated === null));
  if (emptied.length === 0 || !isKept) return undefined;
  const isRefused = (having: ReadonlyMap<Column, ConstantValue>): boolean => {
    const values = idsOf(having);
    return (
      foldBoolean(expression.tree, (node) => {
        const id = ownColumn(node, expression);
        if (id === undefined) return undefined;
        if (columns.some((each) => each.id === id)) return null;
        const value = values.get(id);
        return value === undefined && (key.columns.includes(id) || !isOptional(graph, id)) ? Symbol(id) : value;
      }) === false
    );
  };
  const having = new Map([...given].filter(([{ id }]) => named.has(id) && !key.columns.includes(id)));
  if (!isRefused(having)) return undefined;
  for (const [column, value] of [...having]) {
    having.delete(column);
    if (!isRefused(having)) having.set(column, value);
  }
  return having.size === 0 ? undefined : { columns: emptied, having };
}
