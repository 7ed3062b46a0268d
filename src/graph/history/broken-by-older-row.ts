import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { isAlwaysNull } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { Entity, EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Migration, Statement } from '../journal.ts';
import { ownColumn } from '../own-column.ts';
import { sameExpression } from '../same-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';
import { bornBy, existedBefore } from './born-in.ts';
import { dumpedMigrations } from './dumped-migrations.ts';

type Constraint = EntityOf<'checkConstraint'> | EntityOf<'foreignKey'>;

/**
 * Can no row from before a constraint break it: does the file make the table, and nothing puts rows in before it; or drops a valid constraint that says the
 * same; or is it about columns that the file added to a table that was there, so that they were NULL in every row when it came, and does it let that
 * pass, whatever is in the columns that were there? A table of the first file, of a dump, or made IF NOT EXISTS says nothing: its rows may be older than the file.
 */
export function isKeptByOlderRows(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  constraint: Constraint,
): boolean {
  const made = bornBy(journal, constraint.id);
  if (made === undefined) return false;
  if (isOfNewTable(graph, journal, statements, constraint, made)) return true;
  if (isMadeAgain(graph, journal, statements, constraint, made)) return true;
  const isEmpty = (column: EntityId) => wasEmpty(graph, journal, statements, column, made);
  if (constraint.kind === 'foreignKey') {
    const { columns, match } = constraint;
    return match === 'full' ? columns.every(isEmpty) : columns.some(isEmpty);
  }
  const { expression } = constraint;
  const columns = expression.references.flatMap(({ target }) => (graph.find(target)?.kind === 'column' ? target : []));
  const empty = new Set(columns.filter(isEmpty));
  return empty.size > 0 && passesEmpty(expression.tree, expression, empty);
}

/** Did the file make the table, and was it without rows when that statement ran? */
function isOfNewTable(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  constraint: Constraint,
  until: Statement,
): boolean {
  const table = constraint.kind === 'foreignKey' ? constraint.table : constraint.on;
  const born = bornBy(journal, table);
  if (born === undefined || born.migration !== until.migration || born.migration === firstWithTables(journal))
    return false;
  const create = fieldsOf(born.node, 'CreateStmt');
  if (create === undefined || create.if_not_exists === true) return false;
  if (dumpedMigrations(statements).has(born.migration)) return false;
  return !isWrittenBetween(graph, statements, [table], born, until);
}

/** The file with which the history begins may stand for a database that was there. */
function firstWithTables(journal: readonly Change[]): Migration | undefined {
  for (const each of journal) if (each.type === 'created' && each.by.kind === 'CreateStmt') return each.by.migration;
  return undefined;
}

/** Did the file drop a constraint by which each row was right, and add it again? */
function isMadeAgain(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  constraint: Constraint,
  made: Statement,
): boolean {
  const tables = constraint.kind === 'foreignKey' ? [constraint.table, constraint.referencedTable] : [constraint.on];
  return journal.some(
    (each) =>
      each.type === 'dropped' &&
      each.by.migration === made.migration &&
      each.by.index <= made.index &&
      saysTheSame(each.before, constraint) &&
      !isWrittenBetween(graph, statements, tables, each.by, made),
  );
}

/** Is the former one valid, and does it keep the same rows out? */
function saysTheSame(former: Entity, constraint: Constraint): boolean {
  if (former.kind === 'foreignKey' && constraint.kind === 'foreignKey')
    return (
      former.isValidated &&
      former.isEnforced &&
      former.table === constraint.table &&
      former.referencedTable === constraint.referencedTable &&
      former.match === constraint.match &&
      isSameList(former.columns, constraint.columns) &&
      isSameList(former.referencedColumns, constraint.referencedColumns)
    );
  if (former.kind === 'checkConstraint' && constraint.kind === 'checkConstraint')
    return (
      former.isValidated &&
      former.isEnforced &&
      former.on === constraint.on &&
      sameExpression(former.expression, constraint.expression)
    );
  return false;
}

function isSameList(a: readonly EntityId[], b: readonly EntityId[]): boolean {
  return a.length > 0 && a.length === b.length && a.every((each, at) => each === b[at]);
}

function isWrittenBetween(
  graph: SchemaGraph,
  statements: readonly Statement[],
  tables: readonly EntityId[],
  from: Statement,
  until: Statement,
): boolean {
  return statements.some(
    (each) =>
      each.index > from.index && each.index < until.index && tables.some((table) => mayWrite(graph, each, table)),
  );
}

/** Was the column NULL in every row when that statement ran? */
function wasEmpty(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  id: EntityId,
  until: Statement,
): boolean {
  const column = graph.get('column', id);
  const added = bornBy(journal, id);
  if (added === undefined || added.migration.index !== until.migration.index) return false;
  if (!existedBefore(journal, column.relation, added)) return false;
  const first = journal.find((each) => each.type === 'created' && each.after.id === id);
  if (first?.type !== 'created' || first.after.kind !== 'column') return false;
  const { notNull, default: value, generated, identity } = first.after;
  if (notNull || value !== null || generated !== null || identity !== null) return false;
  return !isWrittenBetween(graph, statements, [column.relation], added, until);
}

/** What a query, a procedure or a trigger calls may write as well. */
export function mayWrite(graph: SchemaGraph, { kind, node }: Statement, table: EntityId): boolean {
  if (kind === 'SelectStmt' || kind === 'CallStmt') return true;
  const { relation } =
    fieldsOf(node, 'InsertStmt') ??
    fieldsOf(node, 'UpdateStmt') ??
    fieldsOf(node, 'DeleteStmt') ??
    fieldsOf(node, 'MergeStmt') ??
    fieldsOf(node, 'CopyStmt') ??
    {};
  const written = relation && writtenRelation(graph, relation)?.id;
  return written !== undefined && (written === table || graph.ownedBy(written, 'trigger').length > 0);
}

/** Does the condition, where these columns are NULL, come to true or NULL, whatever the others are? False also where that is not known. */
function passesEmpty(condition: Node, check: BoundExpression, empty: ReadonlySet<EntityId>): boolean {
  const assume: Assumption = (node) => (isNullThen(node, check, empty, assume) ? null : undefined);
  const outcome = foldBoolean(condition, assume);
  if (outcome !== undefined) return outcome !== false;
  const logic = fieldsOf(condition, 'BoolExpr');
  const parts = logic?.args ?? [];
  const passes = (each: Node) => passesEmpty(each, check, empty);
  if (logic?.boolop === 'AND_EXPR') return parts.every(passes);
  if (logic?.boolop === 'OR_EXPR') return parts.some(passes);
  return isAlwaysNull(condition, assume);
}

/** Functions that give NULL for NULL, as conditions have them. */
const STRICT = new Set(
  'length char_length character_length octet_length btrim ltrim rtrim lower upper abs cardinality array_length jsonb_typeof jsonb_array_length'.split(
    ' ',
  ),
);

function isNullThen(node: Node, check: BoundExpression, empty: ReadonlySet<EntityId>, assume: Assumption): boolean {
  if ('ColumnRef' in node) {
    const column = ownColumn(node, check);
    return column !== undefined && empty.has(column);
  }
  const call = fieldsOf(node, 'FuncCall');
  const { schema, name } = writtenName(call?.funcname);
  const [first] = call?.args ?? [];
  return (
    (schema === undefined || schema === 'pg_catalog') &&
    STRICT.has(name) &&
    first !== undefined &&
    isAlwaysNull(first, assume)
  );
}
