import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { type Change, fieldsOfStatement, type Statement } from '../journal.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { checkOutcome, storedConstant } from '../values/failed-check.ts';
import { writtenRelation } from '../written-relation.ts';
import { existedBefore } from './born-in.ts';
import { mayWrite } from './broken-by-older-row.ts';

type Column = EntityOf<'column'>;
type CheckConstraint = EntityOf<'checkConstraint'>;

/** A constraint on rows that are there, and what mends those that break it, which the file runs only behind it. */
export interface PrematureConstraint {
  readonly table: EntityOf<'table'>;
  readonly column: Column;
  /** Undefined of NOT NULL. */
  readonly check: CheckConstraint | undefined;
  /** What the mending looks for; none of NOT NULL. */
  readonly values: readonly (string | number | boolean)[];
  readonly made: Statement;
  readonly mending: Statement;
}

/**
 * The CHECKs and NOT NULLs that a file puts on a column of a table that was there, and behind it changes or deletes the very rows that they refuse: each row has
 * passed the constraint then, so that the second statement finds none, and where there is one, the first fails. Not where something before it in the file may
 * have mended them, nor where a CHECK from before kept such rows out.
 */
export function prematureConstraints(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
): readonly PrematureConstraint[] {
  return journal.flatMap((change): readonly PrematureConstraint[] => {
    const put = constraintPut(graph, change);
    if (put === undefined) return [];
    const { table, column: only, check, made } = put;
    if (!existedBefore(journal, table.id, made) || isWrittenBefore(graph, statements, table, made)) return [];
    const until = check === undefined ? undefined : droppedAt(journal, check);
    for (const mending of statements) {
      if (mending.index <= made.index || mending.index >= (until ?? Number.POSITIVE_INFINITY)) continue;
      if (mending.migration !== made.migration || mending.within !== null) continue;
      const found = soughtBy(graph, mending, table).find(({ column, values }) => {
        if (!existedBefore(journal, column.id, made)) return false;
        if (check === undefined) return column.id === only?.id && values.length === 0;
        const isRefused = (one: CheckConstraint) =>
          values.length > 0 && values.every((each) => checkOutcome(one, new Map([[column.id, each]])) === false);
        return isRefused(check) && !checksBefore(journal, table, made).some(isRefused);
      });
      if (found !== undefined) return [{ table, check, made, mending, ...found }];
    }
    return [];
  });
}

/** The validated constraint that a statement of its own put on a table, and NOT NULL on one of its columns. */
function constraintPut(graph: SchemaGraph, change: Change) {
  if ((change.type !== 'created' && change.type !== 'altered') || change.by.within !== null) return undefined;
  const { after, by: made } = change;
  if (made.kind !== 'AlterTableStmt') return undefined;
  if (after.kind === 'checkConstraint' && change.type === 'created') {
    const table = ownTable(graph, after.on);
    const isOfAll = after.isValidated && after.isEnforced && !after.noInherit;
    return table !== undefined && isOfAll ? { table, column: undefined, check: after, made } : undefined;
  }
  if (after.kind !== 'column' || change.type !== 'altered' || change.before.kind !== 'column') return undefined;
  const table = ownTable(graph, after.relation);
  const isPut =
    after.notNull && !change.before.notNull && hasCommand(made, 'AT_SetNotNull', (name) => name === after.name);
  return table !== undefined && isPut ? { table, column: after, check: undefined, made } : undefined;
}

function ownTable(graph: SchemaGraph, id: Column['relation']): EntityOf<'table'> | undefined {
  const table = graph.find(id);
  if (table?.kind !== 'table' || table.isAssumed === true || !isUsersOwn(graph, table)) return undefined;
  return graph.isDoubtful(table, ['existence', 'columns', 'constraints']) ? undefined : table;
}

/** May something of the file before the constraint have mended the rows? */
function isWrittenBefore(
  graph: SchemaGraph,
  statements: readonly Statement[],
  table: EntityOf<'table'>,
  { migration, index }: Statement,
): boolean {
  return statements.some(
    (each) =>
      each.migration === migration &&
      ((each.index < index && (mayWrite(graph, each, table.id) || UNREAD.has(each.kind))) ||
        (each.index <= index && hasCommand(each, 'AT_AlterColumnType', () => true))),
  );
}

/** What may change rows in ways that are not looked at here. */
const UNREAD: ReadonlySet<string> = new Set(['TruncateStmt', 'DoStmt']);

function hasCommand(statement: Statement, subtype: string, isMeant: (column: string | undefined) => boolean): boolean {
  return (fieldsOfStatement(statement, 'AlterTableStmt')?.cmds ?? []).some((each) => {
    const command = fieldsOf(each, 'AlterTableCmd');
    return command?.subtype === subtype && isMeant(command.name);
  });
}

function droppedAt(journal: readonly Change[], { id }: CheckConstraint): number | undefined {
  const drops = journal.flatMap((each) => (each.type === 'dropped' && each.before.id === id ? each.by.index : []));
  return drops[0];
}

/** The CHECKs that stood before the file, and that all rows had passed. */
function checksBefore(
  journal: readonly Change[],
  table: EntityOf<'table'>,
  { migration }: Statement,
): readonly CheckConstraint[] {
  const standing = new Map<EntityId, CheckConstraint>();
  for (const change of journal) {
    if (!('by' in change) || change.by.migration.index >= migration.index) continue;
    if (change.type === 'dropped') standing.delete(change.before.id);
    else if (change.type === 'created' || change.type === 'altered') {
      const { after } = change;
      if (after.kind === 'checkConstraint' && after.on === table.id) standing.set(after.id, after);
    }
  }
  return [...standing.values()].filter((each) => each.isValidated && each.isEnforced);
}

interface Sought {
  readonly column: Column;
  readonly values: PrematureConstraint['values'];
}

/** What an UPDATE that gives the column another value, or a DELETE, looks for: rows with these values in it, or with none (no values). */
function soughtBy(graph: SchemaGraph, statement: Statement, table: EntityOf<'table'>): readonly Sought[] {
  const update = fieldsOfStatement(statement, 'UpdateStmt');
  const remove = fieldsOfStatement(statement, 'DeleteStmt');
  const { relation, whereClause } = update ?? remove ?? {};
  const isJoined = (update?.fromClause ?? remove?.usingClause ?? []).length > 0;
  if (whereClause === undefined || isJoined || writtenRelation(graph, relation)?.id !== table.id) return [];
  const set = (update?.targetList ?? []).map((each) => fieldsOf(each, 'ResTarget')?.name);
  return conjuncts(whereClause)
    .flatMap((each) => soughtIn(graph, each, table) ?? [])
    .filter(({ column }) => remove !== undefined || set.includes(column.name));
}

/** `c = 'x'`, `c in ('x', 'y')`, `c is null`. */
function soughtIn(graph: SchemaGraph, condition: Node, table: EntityOf<'table'>): Sought | undefined {
  const columnOf = (node: Node | undefined) => {
    const name = stringsOf(fieldsOf(node, 'ColumnRef')?.fields).at(-1);
    return name === undefined ? undefined : graph.column(table.id, name);
  };
  const test = fieldsOf(condition, 'NullTest');
  if (test !== undefined) {
    const column = columnOf(test.arg);
    return column !== undefined && test.nulltesttype === 'IS_NULL' ? { column, values: [] } : undefined;
  }
  const { kind, name, lexpr, rexpr } = fieldsOf(condition, 'A_Expr') ?? {};
  const column = columnOf(lexpr);
  if (column === undefined || column.collation !== null || stringsOf(name).at(-1) !== '=') return undefined;
  const written = kind === 'AEXPR_IN' ? fieldsOf(rexpr, 'List')?.items : kind === 'AEXPR_OP' && rexpr ? [rexpr] : [];
  const values = (written ?? []).map((each) => storedConstant(graph, column, each));
  const known = values.flatMap((each) =>
    typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean' ? each : [],
  );
  return known.length === 0 || known.length < values.length ? undefined : { column, values: known };
}
