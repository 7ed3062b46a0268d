import type { InsertStmt, Node, UpdateStmt } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { type Assumption, type ConstantValue, foldValue } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { textValue } from '../binding/questions/text-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { insertedValues } from '../query-shapes/inserted-values.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isRewritten } from '../triggers/write-guards.ts';
import { isCaseInsensitive, storedType, typeClass } from '../types/type-class.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { isUsersOwn } from '../users-own.ts';

type Column = EntityOf<'column'>;
type CheckConstraint = EntityOf<'checkConstraint'>;

/** The values of some columns of a row; nothing is known of the others. */
export type KnownValues = ReadonlyMap<EntityId, ConstantValue>;

/** What the condition comes to for such a row: true, false, NULL, or undefined where that rests on other columns. */
export function checkOutcome(
  { expression: { tree, meanings } }: Pick<CheckConstraint, 'expression'>,
  values: KnownValues,
): boolean | null | undefined {
  const known: Assumption = (node) => {
    const meaning = 'ColumnRef' in node ? meanings.get(node.ColumnRef) : undefined;
    if (meaning?.kind === 'column' && meaning.column !== undefined) return values.get(meaning.column);
    return textValue(node, (part) => foldValue(part, known));
  };
  return foldBoolean(tree, known);
}

/** The CHECK of the table, the first by name, that a row with these values does not pass, whatever the other columns hold. */
export function checkFailedBy(graph: SchemaGraph, table: EntityId, values: KnownValues): CheckConstraint | undefined {
  const failed = graph
    .ownedBy(table, 'checkConstraint')
    .filter((each) => each.isEnforced && checkOutcome(each, values) === false);
  return failed.sort((a, b) => (a.name < b.name ? -1 : 1))[0];
}

/** `'open'::state`: the label, where the type is an enum. */
export function labelIn(graph: SchemaGraph, node: Node): string | undefined {
  const { arg, typeName } = fieldsOf(node, 'TypeCast') ?? {};
  const label = fieldsOf(arg, 'A_Const')?.sval?.sval;
  const name = stringsOf(typeName?.names).at(-1);
  return label !== undefined && graph.ofKind('enumType').some((each) => each.name.name === name) ? label : undefined;
}

/** What a column holds that is given this expression; undefined where that is not a constant, or is stored as another. */
export function storedConstant(graph: SchemaGraph, column: Column, given: Node): ConstantValue | undefined {
  const type = storedType(graph, column.type);
  const stored = typeClass(graph, type);
  // A catalog writes the label with its type.
  const value = foldValue(given, (node) => labelIn(graph, node));
  if (value === undefined || value === null) return value;
  switch (stored) {
    case 'text':
      // Blanks at the end of a character(n) do not count, and numbers are spelled anew.
      return typeof value === 'string' && !isCaseInsensitive(graph, type) && type?.name.name !== 'bpchar'
        ? value
        : undefined;
    case 'enum':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'integer':
    case 'decimal': {
      const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
      return isStoredAsIs(number, type) ? number : undefined;
    }
    default:
      return undefined;
  }
}

/** A default that is not let in. */
export interface FailedDefault {
  readonly stored: ConstantValue;
  readonly constraint: CheckConstraint;
}

/** The CHECK that refuses each row with the column's own default in it. A trigger may put another value there first. */
export function checkFailedByDefault(graph: SchemaGraph, column: Column): FailedDefault | undefined {
  const stored = column.default === null ? undefined : storedConstant(graph, column, column.default.tree);
  if (stored === undefined || stored === null) return undefined;
  const constraint = checkFailedBy(graph, column.relation, new Map([[column.id, stored]]));
  return constraint && { stored, constraint };
}

/** Is it not rounded to a whole number, or to the scale of numeric(p, s)? */
function isStoredAsIs(number: number, type: TypeRef | null): boolean {
  if (!Number.isFinite(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER) return false;
  if (type?.name.name === 'numeric' && type.modifiers.length === 0) return true;
  const scale = type?.name.name === 'numeric' ? Number(type.modifiers[1] ?? 0) : 0;
  return scale >= 0 && Number(number.toFixed(Math.min(scale, 20))) === number;
}

/** A statement that fails with 23514 by the constants in it. */
export interface FailedCheck {
  readonly constraint: CheckConstraint;
  /** As the server says it. */
  readonly message: string;
  /** It may change no row. */
  readonly mayBeIdle: boolean;
}

/** Of an INSERT … VALUES: a row counts with the defaults of what it leaves out (ExecConstraints() comes before ON CONFLICT is asked). */
export function checkFailedByInsert(
  graph: SchemaGraph,
  relation: EntityId,
  insert: InsertStmt,
): FailedCheck | undefined {
  const table = certainTable(graph, relation, 'insert');
  const rows = fieldsOf(insert.selectStmt, 'SelectStmt')?.valuesLists ?? [];
  if (table === undefined || rows.length === 0) return undefined;
  const columns = graph.columns(table.id);
  const given = insertedValues(insert, columns);
  for (let row = 0; row < rows.length; row++) {
    const values = new Map<EntityId, ConstantValue>();
    for (const column of columns) {
      const written = given.get(column.name)?.[row];
      const value =
        given.has(column.name) && (written === undefined || !('SetToDefault' in written))
          ? written && storedConstant(graph, column, written)
          : defaultOf(graph, column);
      if (value !== undefined) values.set(column.id, value);
    }
    const constraint = checkFailedBy(graph, table.id, values);
    if (constraint !== undefined) return { constraint, message: messageOf(table, constraint), mayBeIdle: false };
  }
  return undefined;
}

/** Of an UPDATE, which may find no row. */
export function checkFailedByUpdate(
  graph: SchemaGraph,
  relation: EntityId,
  update: UpdateStmt,
): FailedCheck | undefined {
  const table = certainTable(graph, relation, 'update');
  if (table === undefined) return undefined;
  const values = new Map<EntityId, ConstantValue>();
  for (const each of update.targetList ?? []) {
    const target = fieldsOf(each, 'ResTarget');
    const column = target?.name === undefined ? undefined : graph.column(table.id, target.name);
    if (target?.val === undefined || column === undefined || (target.indirection ?? []).length > 0) continue;
    const value = storedConstant(graph, column, target.val);
    if (value !== undefined) values.set(column.id, value);
  }
  const constraint = values.size === 0 ? undefined : checkFailedBy(graph, table.id, values);
  return constraint && { constraint, message: messageOf(table, constraint), mayBeIdle: true };
}

function messageOf(table: EntityOf<'table'>, constraint: CheckConstraint): string {
  return `new row for relation "${table.name.name}" violates check constraint "${constraint.name}"`;
}

/** What a column holds that a new row does not name; undefined where that is no constant. */
export function defaultOf(graph: SchemaGraph, column: Column): ConstantValue | undefined {
  if (column.identity !== null || column.generated !== null) return undefined;
  if (column.default !== null) return storedConstant(graph, column, column.default.tree);
  const type = column.type?.entity === undefined ? undefined : graph.find(column.type.entity);
  return type?.kind === 'domain' ? undefined : null;
}

/** The table, where all is known of it and no trigger or rule changes what is written. */
function certainTable(
  graph: SchemaGraph,
  relation: EntityId,
  event: 'insert' | 'update',
): EntityOf<'table'> | undefined {
  const table = graph.find(relation);
  if (table?.kind !== 'table' || table.isAssumed === true || !isUsersOwn(graph, table)) return undefined;
  if (graph.isDoubtful(table, ['existence', 'columns', 'constraints', 'triggers'])) return undefined;
  if (graph.columns(table.id).some(({ isAssumed }) => isAssumed === true)) return undefined;
  return isRewritten(graph, table, event) ? undefined : table;
}
