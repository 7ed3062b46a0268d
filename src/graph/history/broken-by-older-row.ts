import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { isAlwaysNull } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Statement } from '../journal.ts';
import { ownColumn } from '../own-column.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';
import { bornBy, existedBefore } from './born-in.ts';

type Constraint = EntityOf<'checkConstraint'> | EntityOf<'foreignKey'>;

/**
 * Can no row from before a constraint break it: is it about columns that the same file added to a table that was there, so that
 * they were NULL in every row when it came, and does it let that pass? A table that the file makes says nothing: in a dump its rows
 * are older than the file.
 */
export function isKeptByOlderRows(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  constraint: Constraint,
): boolean {
  const made = bornBy(journal, constraint.id);
  if (made === undefined) return false;
  const isEmpty = (column: EntityId) => wasEmpty(graph, journal, statements, column, made);
  if (constraint.kind === 'foreignKey') {
    const { columns, match } = constraint;
    return match === 'full' ? columns.every(isEmpty) : columns.some(isEmpty);
  }
  const { expression } = constraint;
  const columns = expression.references.flatMap(({ target }) => (graph.find(target)?.kind === 'column' ? target : []));
  return columns.length > 0 && columns.every(isEmpty) && passesEmpty(expression.tree, expression);
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
  return !statements.some(
    (each) => each.index > added.index && each.index < until.index && mayWrite(graph, each, column.relation),
  );
}

/** What a query or procedure calls may write as well. */
function mayWrite(graph: SchemaGraph, { kind, node }: Statement, table: EntityId): boolean {
  if (kind === 'SelectStmt' || kind === 'CallStmt') return true;
  const { relation } =
    fieldsOf(node, 'InsertStmt') ??
    fieldsOf(node, 'UpdateStmt') ??
    fieldsOf(node, 'MergeStmt') ??
    fieldsOf(node, 'CopyStmt') ??
    {};
  return relation !== undefined && writtenRelation(graph, relation)?.id === table;
}

/** Does the condition, where each column of it is NULL, come to true or NULL? False also where that is not known. */
function passesEmpty(condition: Node, check: BoundExpression): boolean {
  const assume: Assumption = (node) => (isNullThen(node, check, assume) ? null : undefined);
  const outcome = foldBoolean(condition, assume);
  if (outcome !== undefined) return outcome !== false;
  const logic = fieldsOf(condition, 'BoolExpr');
  const parts = logic?.args ?? [];
  const passes = (each: Node) => passesEmpty(each, check);
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

function isNullThen(node: Node, check: BoundExpression, assume: Assumption): boolean {
  if ('ColumnRef' in node) return ownColumn(node, check) !== undefined;
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
