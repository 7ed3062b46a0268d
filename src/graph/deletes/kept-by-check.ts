import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { type BoundExpression, boundPart } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isNullable } from '../nulls/nullability.ts';
import { ownColumn } from '../own-column.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksForNull } from '../values/implication.ts';

type Column = EntityOf<'column'>;

/**
 * The first of these columns of one table that a CHECK keeps from being emptied, all of them together, in a row that has
 * values there: `num_nonnulls(a, b) = 1`, `a is not null or kind = 'free'`. Undefined where ON DELETE SET NULL would succeed.
 */
export function keptByCheck(graph: SchemaGraph, columns: readonly Column[]): Column | undefined {
  const emptied = new Set(columns.map((each) => each.id));
  for (const { part, check } of partsOfChecks(graph, columns)) {
    if (!keeps(graph, part, check, emptied)) continue;
    const within = boundPart(check, part);
    return columns.find(({ id }) => asksForNull(within, id)) ?? columns[0];
  }
  return undefined;
}

/**
 * Does a CHECK refuse every row in which these columns are emptied, whatever else the row has? `a is not null or b is not null`
 * refuses only those without b.
 */
export function isKeptInEveryRow(graph: SchemaGraph, columns: readonly Column[]): boolean {
  const emptied = new Set(columns.map((each) => each.id));
  return partsOfChecks(graph, columns).some(({ part, check }) => {
    const others = new Set(check.references.filter(({ kind }) => kind === 'column').map(({ target }) => target));
    const optional = [...others].filter((id) => !emptied.has(id) && isOptional(graph, id));
    if (optional.length > MOST_OTHERS) return false;
    return subsetsOf(optional).every((empty) => {
      if (foldBoolean(part, assumed(check, new Set(empty))) === false) return true;
      return foldBoolean(part, assumed(check, new Set([...empty, ...emptied]))) === false;
    });
  });
}

/** Each more doubles the rows that are tried. */
export const MOST_OTHERS = 6;

export function subsetsOf(ids: readonly EntityId[]): readonly (readonly EntityId[])[] {
  return Array.from({ length: 2 ** ids.length }, (_, chosen) => ids.filter((_, at) => (chosen >> at) % 2 === 1));
}

export function isOptional(graph: SchemaGraph, id: EntityId): boolean {
  const column = graph.find(id);
  return column?.kind !== 'column' || isNullable(graph, column);
}

/** What a condition comes to in a row that has values but in the columns that are empty. */
export function assumed(check: BoundExpression, empty: ReadonlySet<EntityId>): Assumption {
  return (node) => {
    const column = ownColumn(node, check);
    if (column !== undefined) return empty.has(column) ? null : undefined;
    const test = fieldsOf(node, 'NullTest');
    const tested = ownColumn(test?.arg, check);
    if (tested !== undefined) return empty.has(tested) === (test?.nulltesttype === 'IS_NULL');
    return countOfNulls(node, check, empty);
  };
}

function countOfNulls(node: Node, check: BoundExpression, empty: ReadonlySet<EntityId>): number | undefined {
  const call = fieldsOf(node, 'FuncCall');
  const name = stringsOf(call?.funcname).at(-1);
  if ((name !== 'num_nulls' && name !== 'num_nonnulls') || call?.func_variadic === true) return undefined;
  const columns = (call?.args ?? []).map((each) => ownColumn(each, check));
  if (columns.length === 0 || columns.includes(undefined)) return undefined;
  const nulls = columns.filter((each) => each !== undefined && empty.has(each)).length;
  return name === 'num_nulls' ? nulls : columns.length - nulls;
}

interface CheckPart {
  readonly part: Node;
  readonly check: BoundExpression;
}

/** What the CHECKs of the columns' table ask for, each condition by itself. */
function partsOfChecks(graph: SchemaGraph, [first]: readonly Column[]): readonly CheckPart[] {
  if (first === undefined) return [];
  return graph
    .ownedBy(first.relation, 'checkConstraint')
    .filter(({ isEnforced }) => isEnforced)
    .flatMap(({ expression }) => conjuncts(expression.tree).map((part) => ({ part, check: expression })));
}

/** Is the condition false when the columns are NULL, or may it be and asks for just that? */
function keeps(graph: SchemaGraph, condition: Node, check: BoundExpression, emptied: ReadonlySet<EntityId>): boolean {
  const outcome = foldBoolean(condition, (node) => {
    const column = ownColumn(node, check);
    if (column !== undefined) return emptied.has(column) ? null : undefined;
    // A column that is never NULL may keep the promise by itself.
    const test = fieldsOf(node, 'NullTest');
    const tested = ownColumn(test?.arg, check);
    if (tested === undefined || emptied.has(tested) || isOptional(graph, tested)) return undefined;
    return test?.nulltesttype === 'IS_NOT_NULL';
  });
  if (outcome !== undefined) return outcome === false;
  const within = boundPart(check, condition);
  return !isUpperBound(condition) && [...emptied].some((each) => asksForNull(within, each));
}

/** `num_nonnulls(a, b) <= 1`, `num_nulls(a, b) > 0`: the more is empty, the better. */
function isUpperBound(condition: Node): boolean {
  const comparison = fieldsOf(condition, 'A_Expr');
  const counts = stringsOf(fieldsOf(comparison?.lexpr, 'FuncCall')?.funcname).at(-1);
  const operator = stringsOf(comparison?.name).at(-1) ?? '';
  if (comparison?.kind !== 'AEXPR_OP') return false;
  return counts === 'num_nonnulls' ? /^<=?$/.test(operator) : counts === 'num_nulls' && /^>=?$/.test(operator);
}
