import { fieldsOf } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { ownColumn } from '../own-column.ts';
import { rowTests } from '../query-shapes/schema-queries.ts';
import { sameExpression } from '../same-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksForNull, checkExcludesNull, followsFromNotNull } from '../values/implication.ts';
import { isNullable } from './nullability.ts';

type Column = EntityOf<'column'>;
type Index = EntityOf<'index'>;

/** Values that a row may do without, and that are unique where they are: ids of other systems. */
const OPTIONAL: NamePatterns = [
  '*_id',
  '*_uid',
  '*_ref',
  '*_reference',
  '*_key',
  '*_token',
  'external_*',
  'provider_*',
];

/**
 * The columns of a unique index of several columns through which rows get in twice, since no NULL equals another: what a row
 * belongs to or is told apart by, not an optional value within what it belongs to. Empty where the predicate leaves out the
 * NULLs, another unique index takes care of them or is for just those rows, or either of several columns is to be filled.
 */
export function nullGaps(graph: SchemaGraph, index: Index): readonly Column[] {
  if (!index.isUnique || !index.isValid || index.nullsNotDistinct || index.keys.length < 2) return [];
  const columns = keyColumns(graph, index);
  const nullable = nullableKeys(graph, index);
  if (nullable.some((each) => isWaiting(graph, index, each))) return [];
  const open = openKeys(graph, index).filter((each) => !isChoice(graph, index, each));
  const refers = (each: Column): boolean => graph.foreignKeysOf(each).length > 0;
  const hasValue =
    columns.some((each) => !isNullable(graph, each) && !refers(each)) || columns.length < index.keys.length;
  return open.filter(
    (each) => refers(each) || hasRole(graph, each, 'softDelete') || (hasValue && !isNamed(each.name, OPTIONAL)),
  );
}

/** The columns of an index, not those in its expressions, that may be NULL in a row it holds. */
export function nullableKeys(graph: SchemaGraph, index: Index): readonly Column[] {
  const { predicate } = index;
  const tests = predicate === null ? [] : rowTests(predicate);
  return keyColumns(graph, index).filter(
    (each) =>
      isNullable(graph, each) &&
      !tests.some((test) => test.column === each.id && test.kind !== 'isNull') &&
      !(predicate !== null && checkExcludesNull(predicate, each.id)),
  );
}

function keyColumns(graph: SchemaGraph, { keys }: Index): readonly Column[] {
  return keys.flatMap(({ column }) => (column === null ? [] : graph.get('column', column)));
}

/** Those of them in which a NULL lets a second row in: no other unique index keeps the rows apart that differ in nothing but it. */
export function openKeys(graph: SchemaGraph, index: Index): readonly Column[] {
  return nullableKeys(graph, index).filter((each) => !isTakenCareOf(graph, index, each));
}

/**
 * A unique index over some of the other columns, for all rows in which these hold values or for those where this one is NULL; or one over some of the same,
 * for which NULL is a value.
 */
function isTakenCareOf(graph: SchemaGraph, index: Index, column: Column): boolean {
  const same = new Set(index.keys.map((key) => key.column));
  const others = new Set([...same].filter((each) => each !== column.id));
  const isNotNull = (id: EntityId): boolean => others.has(id) || !isNullable(graph, graph.get('column', id));
  return graph.ownedBy(index.relation, 'index').some((each) => {
    if (each.id === index.id || !each.isUnique || !each.isValid) return false;
    const known = each.nullsNotDistinct ? same : others;
    if (!each.keys.every((key) => key.column !== null && known.has(key.column))) return false;
    if (each.predicate === null || followsFromNotNull(each.predicate, isNotNull)) return true;
    return rowTests(each.predicate).some((test) => test.column === column.id && test.kind === 'isNull');
  });
}

/** The first unique index over the same columns, in whatever order, with the same condition: what is said of the one is said of the other. */
export function firstWithSameKey(graph: SchemaGraph, index: Index): Index {
  const columns = new Set(index.keys.map((key) => key.column));
  const alike = graph.ownedBy(index.relation, 'index').filter((each) => {
    if (!each.isUnique || !each.isValid || each.nullsNotDistinct || each.keys.length !== index.keys.length)
      return false;
    const isSame = each.keys.every((key) => key.column !== null && columns.has(key.column));
    return isSame && sameExpression(each.predicate, index.predicate);
  });
  return alike.reduce((first, each) => (each.id < first.id ? each : first), index);
}

/** The rows where the column is NULL have a unique key of their own: they wait for what it will say, and then come under this one. */
function isWaiting(graph: SchemaGraph, index: Index, column: Column): boolean {
  return graph.ownedBy(index.relation, 'index').some((each) => {
    if (!each.isUnique || !each.isValid || each.predicate === null) return false;
    const test = fieldsOf(each.predicate.tree, 'NullTest');
    return test?.nulltesttype === 'IS_NULL' && ownColumn(test.arg, each.predicate) === column.id;
  });
}

/** (user_id, post_id) beside (user_id, comment_id), or a CHECK that asks which of the two is filled: one of them is meant to be NULL. */
function isChoice(graph: SchemaGraph, index: Index, column: Column): boolean {
  const checks = graph.ownedBy(index.relation, 'checkConstraint');
  if (checks.some(({ expression }) => asksForNull(expression, column.id))) return true;
  return inPlaceOf(graph, index, column).length > 0;
}

/** What other unique keys of the table have in the place of this column, and else the same: comment_id, of (user_id, comment_id) beside (user_id, post_id). */
export function inPlaceOf(graph: SchemaGraph, index: Index, column: Column): Index['keys'] {
  const rest = index.keys.filter((key) => key.column !== column.id);
  return graph
    .ownedBy(index.relation, 'index')
    .filter(
      (each) =>
        each.id !== index.id &&
        each.isUnique &&
        each.keys.length === index.keys.length &&
        !each.keys.some((key) => key.column === column.id) &&
        rest.every((key) => each.keys.some((other) => other.column === key.column)),
    )
    .flatMap(({ keys }) => keys.filter((key) => !rest.some((other) => other.column === key.column)));
}
