import type { InsertStmt, Node, RangeVar } from '@pgsql/types';
import type { EntityOf } from '../../graph/entities/index.ts';
import type { EntityId } from '../../graph/entity-id.ts';
import type { TypeRef } from '../../graph/types/type-ref.ts';
import { fieldsOf, tagOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import type { ReplayContext } from './context.ts';
import { callsMore } from './do-block/known-arguments.ts';
import { Environment } from './evaluation/environment.ts';
import { evaluate, heldBy } from './evaluation/evaluate.ts';
import { UNKNOWN, type Value } from './evaluation/value.ts';

type Row = ReadonlyMap<string, Value>;

const NONE: ReadonlyMap<EntityId, readonly Row[]> = new Map();

/** A longer list is taken for data. */
const LONGEST = 1000;

/**
 * The rows of temporary tables in which a migration lists what a later block of it works through. They are forgotten as soon as something may have
 * changed them in a way that is not followed.
 */
export class ListedRows {
  #rows = new Map<EntityId, readonly Row[]>();

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

  /** A statement is about to run. What an INSERT adds itself, `insert` follows. */
  beforeStatement(node: Node, context: ReplayContext): void {
    this.#forgetWritten(node, fieldsOf(node, 'InsertStmt')?.relation, context);
  }

  /** A statement may run, or what is written in it is not followed. */
  written(tree: Node, context: ReplayContext): void {
    this.#forgetWritten(tree, undefined, context);
  }

  #forgetWritten(tree: Node, followed: RangeVar | undefined, context: ReplayContext): void {
    if (this.#rows.size === 0) return;
    const written = writtenIn(tree);
    if (calls(tree, context) || written.some((each) => hasTriggers(each, context))) this.forgetAll();
    for (const each of [...written, ...alteredBy(tree)]) {
      const relation = each === followed ? undefined : context.lookup(each);
      if (relation !== undefined) this.#rows.delete(relation.id);
    }
  }

  mark(): ReadonlyMap<EntityId, readonly Row[]> {
    return this.#rows.size === 0 ? NONE : new Map(this.#rows);
  }

  /** What ran since then was refused. */
  undoTo(mark: ReadonlyMap<EntityId, readonly Row[]>): void {
    this.#rows = new Map(mark);
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
    columns.map(({ name, type, default: given, identity, generated }): [string, Value] => {
      const item = items[named.indexOf(name)];
      if (item === undefined) return [name, given === null && identity === null && generated === null ? null : UNKNOWN];
      if ('SetToDefault' in item || type === null) return [name, UNKNOWN];
      return [name, storedAs(type, evaluate(item, env), env)];
    }),
  );
}

/** Types of which a value is stored as it is given. Others have a spelling of their own (jsonb), pad it (char) or round it. */
const AS_GIVEN: ReadonlySet<string> = new Set([
  ...['text', 'varchar', 'name', 'oid', 'int2', 'int4', 'int8', 'bool', 'date', 'timestamp', 'timestamptz', 'interval'],
]);

function storedAs({ name: { name }, isArray, modifiers }: TypeRef, value: Value, env: Environment): Value {
  const isAsGiven = (AS_GIVEN.has(name) && modifiers.length === 0) || name.startsWith('reg');
  return value === null || isAsGiven ? heldBy(name, isArray, value, env) : UNKNOWN;
}

/** The relations whose rows a statement changes, itself or in its WITH. */
function writtenIn(tree: Node): readonly RangeVar[] {
  const changes = [
    ...[...nodesOf(tree, 'InsertStmt'), ...nodesOf(tree, 'UpdateStmt')],
    ...[...nodesOf(tree, 'DeleteStmt'), ...nodesOf(tree, 'MergeStmt')],
    fieldsOf(tree, 'CopyStmt'),
  ];
  return [...changes.flatMap((each) => each?.relation ?? []), ...ranges(fieldsOf(tree, 'TruncateStmt')?.relations)];
}

/** Those that it makes to be something else: of other columns, with triggers, or with the rows of a table that is a part of it. */
function alteredBy(tree: Node): readonly RangeVar[] {
  const altered =
    fieldsOf(tree, 'AlterTableStmt') ??
    fieldsOf(tree, 'RenameStmt') ??
    fieldsOf(tree, 'CreateTrigStmt') ??
    fieldsOf(tree, 'RuleStmt');
  return [...(altered?.relation ? [altered.relation] : []), ...ranges(fieldsOf(tree, 'CreateStmt')?.inhRelations)];
}

function ranges(nodes: readonly Node[] = []): readonly RangeVar[] {
  return nodes.flatMap((each) => fieldsOf(each, 'RangeVar') ?? []);
}

/** Does the statement run what is not followed there? SELECT says itself what it calls, and most others only name what is called later. */
function calls(tree: Node, context: ReplayContext): boolean {
  const kind = tagOf(tree);
  return kind !== undefined && RUNS.has(kind) && callsMore(tree, context);
}

const RUNS: ReadonlySet<string> = new Set([
  ...['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'CopyStmt', 'CallStmt', 'CreateTableAsStmt'],
]);

/** What a trigger does may be anything. */
function hasTriggers(range: RangeVar, context: ReplayContext): boolean {
  const relation = context.lookup(range);
  return relation !== undefined && context.graph.ownedBy(relation.id, 'trigger').length > 0;
}
