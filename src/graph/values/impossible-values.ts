import type { A_Const, Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { walk, walkBelow } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { placeOf } from '../place.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import { wholeArms } from '../query-shapes/select-arms.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { childrenOf } from '../table-ancestors.ts';
import { isCaseInsensitive, storedType, typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import { checkOutcome } from './failed-check.ts';

type Column = EntityOf<'column'>;
type CheckConstraint = EntityOf<'checkConstraint'>;

/** A comparison of a column with constants that a CHECK of its table lets in none of. */
export interface ImpossibleTest {
  readonly column: Column;
  readonly constants: readonly A_Const[];
  readonly constraint: CheckConstraint;
  readonly at: SourceLocation | null;
}

/** A condition that is never true by such comparisons, and what asks it. */
export interface DeadCondition {
  readonly tests: readonly ImpossibleTest[];
  /** What never is: rows that a query reads, changes, deletes or adds, or what an aggregate counts. */
  readonly does: 'select' | 'update' | 'delete' | 'insert' | 'count';
}

/** Whose columns a condition asks. */
export interface Asked {
  /** Those of the row around it (a policy's, NEW and OLD), or those of its own FROM. */
  readonly row: 'around' | 'own';
  /** May NEW or OLD, as it is written, hold in the column what the CHECK has not seen yet? */
  readonly isUnchecked?: (written: string, column: Column) => boolean;
}

/**
 * The comparisons by which a condition is never true: one under AND, all of those that OR connects. A list counts only where the CHECK lets none of its
 * values in, since one of old and new spellings does no harm; that something is not such a value is always true, and not told of.
 */
export function neverTrue(
  graph: SchemaGraph,
  condition: Node | undefined,
  bound: Bound,
  asked: Asked,
): readonly ImpossibleTest[] | undefined {
  const { boolop, args = [] } = fieldsOf(condition, 'BoolExpr') ?? {};
  const outcomes = () => args.map((each) => neverTrue(graph, each, bound, asked));
  if (boolop === 'AND_EXPR') return outcomes().find((each) => each !== undefined);
  if (boolop === 'OR_EXPR') {
    const all = outcomes().flatMap((each) => (each === undefined ? [] : [each]));
    return all.length === args.length ? all.flat() : undefined;
  }
  const comparison = fieldsOf(condition, 'A_Expr');
  if (condition === undefined || comparison === undefined || stringsOf(comparison.name).at(-1) !== '=')
    return undefined;
  const { lexpr, rexpr } = comparison;
  const test = (side: Node | undefined, values: readonly (Node | undefined)[]) =>
    impossible(graph, side, values, condition, bound, asked);
  switch (comparison.kind) {
    case 'AEXPR_OP':
      return test(lexpr, [rexpr]) ?? test(rexpr, [lexpr]);
    case 'AEXPR_IN':
      return test(lexpr, fieldsOf(rexpr, 'List')?.items ?? []);
    case 'AEXPR_OP_ANY':
      return test(lexpr, fieldsOf(withoutTextCast(rexpr), 'A_ArrayExpr')?.elements ?? []);
    default:
      return undefined;
  }
}

/** The arms of an OR that are never true, where no other arm asks for the same column: it would have the spelling in use. */
export function neverTrueArms(
  graph: SchemaGraph,
  condition: Node,
  bound: Bound,
  asked: Asked,
): readonly ImpossibleTest[] {
  const arms = disjuncts(condition).map((node) => ({ node, tests: neverTrue(graph, node, bound, asked) }));
  return arms.flatMap(({ tests = [] }) =>
    tests.filter(({ column }) => !arms.some((each) => each.tests === undefined && names(each.node, column, bound))),
  );
}

function names(node: Node, column: Column, { meanings }: Bound): boolean {
  let found = false;
  walk(node, (_, each) => {
    const reference = fieldsOf(each, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    found ||= meaning?.kind === 'column' && meaning.column === column.id;
    return found ? 'stop' : undefined;
  });
  return found;
}

/** The queries of a statement whose WHERE is never true, and what it counts by conditions that are not. */
export function deadQueries(graph: SchemaGraph, bound: Bound): readonly DeadCondition[] {
  const found: DeadCondition[] = [];
  const own = { row: 'own' } as const;
  const add = (condition: Node | undefined, does: DeadCondition['does']) => {
    const tests = neverTrue(graph, condition, bound, own);
    if (tests !== undefined) found.push({ tests, does });
  };
  walkBelow(bound.tree, (tag, node, parents) => {
    switch (tag) {
      case 'SelectStmt': {
        const above = parents.at(-1)?.tag;
        const arms = above === 'SelectStmt' ? [] : wholeArms(fieldsOf(node, tag));
        // One arm of UNION may be there for old rows.
        const dead = arms.map(({ whereClause }) => neverTrue(graph, whereClause, bound, own));
        if (arms.length > 0 && !dead.includes(undefined))
          found.push({ tests: dead.flatMap((each) => each ?? []), does: above === 'InsertStmt' ? 'insert' : 'select' });
        break;
      }
      case 'UpdateStmt':
        add(fieldsOf(node, tag)?.whereClause, 'update');
        break;
      case 'DeleteStmt':
        add(fieldsOf(node, tag)?.whereClause, 'delete');
        break;
      case 'FuncCall': {
        const call = fieldsOf(node, tag);
        if (call === undefined || !COUNTING.has(writtenName(call.funcname).name)) break;
        add(call.agg_filter, 'count');
        add(countedWhen(call.args?.[0]), 'count');
      }
    }
    return undefined;
  });
  return found;
}

const COUNTING: ReadonlySet<string> = new Set(['count', 'sum']);

/** `case when x then 1 else 0 end`, `case when x then amount end`: x. */
function countedWhen(node: Node | undefined): Node | undefined {
  const { arg, args = [], defresult } = fieldsOf(node, 'CaseExpr') ?? {};
  const otherwise = fieldsOf(defresult, 'A_Const');
  const isNothing =
    defresult === undefined ||
    (otherwise !== undefined && (otherwise.isnull === true || otherwise.ival?.ival === undefined));
  return arg === undefined && args.length === 1 && isNothing && !isText(otherwise)
    ? fieldsOf(args[0], 'CaseWhen')?.expr
    : undefined;
}

function isText(constant: A_Const | undefined): boolean {
  return constant?.sval !== undefined || constant?.fval !== undefined || constant?.boolval !== undefined;
}

function impossible(
  graph: SchemaGraph,
  side: Node | undefined,
  values: readonly (Node | undefined)[],
  condition: Node,
  bound: Bound,
  { row, isUnchecked }: Asked,
): readonly ImpossibleTest[] | undefined {
  const reference = fieldsOf(withoutTextCast(side), 'ColumnRef');
  const meaning = reference && columnMeaning({ ColumnRef: reference }, bound);
  if (meaning?.column === undefined || meaning.level !== 0 || meaning.isOuter !== (row === 'around')) return undefined;
  const [written = ''] = stringsOf(reference?.fields);
  const column = graph.find(meaning.column);
  if (column?.kind !== 'column' || !isPlainText(graph, column)) return undefined;
  const constraints = bindingChecks(graph, column, row === 'own' || written !== 'new');
  const constants: A_Const[] = [];
  let first: CheckConstraint | undefined;
  for (const each of values) {
    const constant = fieldsOf(withoutTextCast(each), 'A_Const');
    if (constant?.sval === undefined) return undefined;
    const known = new Map([[column.id, constant.sval.sval ?? '']]);
    const refusing = constraints.find((one) => checkOutcome(one, known) === false);
    if (refusing === undefined) return undefined;
    first ??= refusing;
    constants.push(constant);
  }
  if (first === undefined || isUnchecked?.(written, column) === true) return undefined;
  return [{ column, constants, constraint: first, at: placeOf(bound, condition) }];
}

const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar']);

/** `status::text`, which stays what it is; a cast with a length may cut. */
function withoutTextCast(node: Node | undefined): Node | undefined {
  const cast = fieldsOf(node, 'TypeCast');
  const name = stringsOf(cast?.typeName?.names).at(-1) ?? '';
  const isHarmless = TEXTS.has(name) && (cast?.typeName?.typmods ?? []).length === 0;
  return cast !== undefined && isHarmless ? withoutTextCast(cast.arg) : node;
}

/** Text that is compared as it is spelled. */
function isPlainText(graph: SchemaGraph, { type, collation }: Column): boolean {
  const stored = storedType(graph, type);
  const isPadded = stored?.name.name === 'bpchar' || isCaseInsensitive(graph, stored);
  return collation === null && typeClass(graph, stored) === 'text' && !isPadded;
}

/**
 * The CHECKs that each row has passed, the table's own ones.
 * @param isStored of rows that are there: some may be older than a CHECK that was added NOT VALID, and children have others
 */
function bindingChecks(graph: SchemaGraph, column: Column, isStored: boolean): readonly CheckConstraint[] {
  const table = graph.find(column.relation);
  if (table?.kind !== 'table' || table.isAssumed === true || column.isAssumed === true) return [];
  if (!isUsersOwn(graph, table) || graph.isDoubtful(table, ['existence', 'columns', 'constraints'])) return [];
  const hasChildren = childrenOf(graph, table).length > 0;
  return graph
    .ownedBy(table.id, 'checkConstraint')
    .filter((each) => each.isEnforced && (each.isValidated || !isStored) && !(each.noInherit && hasChildren));
}
