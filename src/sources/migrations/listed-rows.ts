import type { InsertStmt, Node, RangeVar } from '@pgsql/types';
import type { EntityOf } from '../../graph/entities/index.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { ReplayContext } from './context.ts';
import { Environment } from './evaluation/environment.ts';
import { evaluate, heldBy } from './evaluation/evaluate.ts';
import { UNKNOWN, type Value } from './evaluation/value.ts';

type Row = ReadonlyMap<string, Value>;

/** A longer list is taken for data. */
const LONGEST = 1000;

/**
 * The rows of temporary tables in which a migration lists what a later block of it works through. They are forgotten as soon as something may have
 * changed them in a way that is not followed.
 */
export class ListedRows {
  readonly #rows = new Map<EntityId, readonly Row[]>();

  /** A temporary table was made, without rows. */
  begin(table: EntityId): void {
    this.#rows.set(table, []);
  }

  of(table: EntityId): readonly Row[] | undefined {
    return this.#rows.get(table);
  }

  /** INSERT … VALUES adds rows; of any other INSERT they are not known. */
  insert(table: EntityOf<'table'>, { selectStmt, cols, onConflictClause }: InsertStmt, context: ReplayContext): void {
    const before = this.#rows.get(table.id);
    if (before === undefined) return;
    const lists = fieldsOf(selectStmt, 'SelectStmt')?.valuesLists;
    if (lists === undefined || onConflictClause !== undefined || before.length + lists.length > LONGEST)
      return void this.#rows.delete(table.id);
    const columns = context.graph.columns(table.id);
    const named = cols?.map((each) => fieldsOf(each, 'ResTarget')?.name) ?? columns.map(({ name }) => name);
    const added = lists.map((list) => rowOf(fieldsOf(list, 'List')?.items ?? [], named, columns, context));
    this.#rows.set(table.id, [...before, ...added]);
  }

  /** A statement writes to a relation. */
  forget(relation: RangeVar | undefined, context: ReplayContext): void {
    const written = relation && context.lookup(relation);
    if (written !== undefined) this.#rows.delete(written.id);
  }

  forgetAll(): void {
    this.#rows.clear();
  }
}

function rowOf(
  items: readonly Node[],
  named: readonly (string | undefined)[],
  columns: readonly EntityOf<'column'>[],
  context: ReplayContext,
): Row {
  const env = new Environment(context);
  return new Map(
    columns.map(({ name, type, default: given }): [string, Value] => {
      const item = items[named.indexOf(name)];
      if (item === undefined) return [name, given === null ? null : UNKNOWN];
      if ('SetToDefault' in item || type === null) return [name, UNKNOWN];
      return [name, heldBy(type.name.name, type.isArray, evaluate(item, env), env)];
    }),
  );
}
