import type { A_Expr, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { Binding, ColumnMeaning } from '../binding/binding.ts';
import { canonical } from '../binding/canonical.ts';
import { builtinName } from '../binding/type-system.ts';
import { placeOf } from '../place.ts';
import type { Bound } from './block-queries.ts';
import { columnMeaning, columnsIn, constantOf, constantText, operandOf, unwrapped, variableOf } from './operand.ts';
import { type ColumnTest, NOT_DISTINCT, type Operand } from './query.ts';

/** A test, and which entry of FROM its column belongs to. */
export interface PlacedTest {
  readonly test: ColumnTest;
  readonly source: number;
  readonly isOuter: boolean;
  /** The other column of an equality between two. */
  readonly joined: ColumnMeaning | null;
}

/** A column itself equals something: what an index on it finds rows by. */
export function isIndexedEquality({ kind, isBare, operator }: ColumnTest): boolean {
  return kind === 'equal' && isBare && operator !== NOT_DISTINCT;
}

/** What AND connects in a condition, in order. */
export function conjuncts(condition: Node | undefined): readonly Node[] {
  if (condition === undefined) return [];
  const { boolop, args } = fieldsOf(condition, 'BoolExpr') ?? {};
  return boolop === 'AND_EXPR' ? (args ?? []).flatMap(conjuncts) : [condition];
}

/** What OR connects in a condition, in order. */
export function disjuncts(condition: Node): readonly Node[] {
  const { boolop, args } = fieldsOf(condition, 'BoolExpr') ?? {};
  return boolop === 'OR_EXPR' ? (args ?? []).flatMap(disjuncts) : [condition];
}

/**
 * `x in (a, b)` with columns in the list is `x = a or x = b` to Postgres (transformAExprIn() in parse_expr.c), so that an index of each may serve;
 * any other condition is itself.
 */
export function listedEqualities(condition: Node): readonly Node[] {
  const { kind, name, lexpr, rexpr, ...rest } = fieldsOf(condition, 'A_Expr') ?? {};
  const items = kind === 'AEXPR_IN' && stringsOf(name).at(-1) === '=' ? (fieldsOf(rexpr, 'List')?.items ?? []) : [];
  const columns = items.filter((each) => 'ColumnRef' in each);
  if (columns.length === 0 || columns.length < items.length || lexpr === undefined) return [condition];
  return columns.map((each) => ({ A_Expr: { ...rest, kind: 'AEXPR_OP', name: name ?? [], lexpr, rexpr: each } }));
}

/** The tests on columns of the query's own sources (or of the row around it, `level` 0 either way) in one conjunct. */
export function testsIn(conjunct: Node, bound: Bound): readonly PlacedTest[] {
  const test = booleanTest(conjunct, bound) ?? nullTest(conjunct, bound);
  if (test !== undefined) return [test];
  const notDistinct = writtenOutNotDistinct(conjunct, bound);
  if (notDistinct !== undefined) return compared(notDistinct.lexpr, NOT_DISTINCT, notDistinct.rexpr, bound);
  const { subLinkType, testexpr, operName } = fieldsOf(conjunct, 'SubLink') ?? {};
  if (subLinkType === 'ANY_SUBLINK' && (operName === undefined || stringsOf(operName).at(-1) === '='))
    return made(testexpr, 'in', '=', 'subselect', [], null, bound);
  const comparison = fieldsOf(conjunct, 'A_Expr');
  return comparison === undefined ? [] : comparisonTests(comparison, bound);
}

function booleanTest(node: Node, bound: Bound): PlacedTest | undefined {
  const { boolop, args } = fieldsOf(node, 'BoolExpr') ?? {};
  const { booltesttype, arg } = fieldsOf(node, 'BooleanTest') ?? {};
  const isFalse = boolop === 'NOT_EXPR' || booltesttype === 'IS_FALSE';
  const column = boolop === 'NOT_EXPR' ? args?.[0] : booltesttype !== undefined ? arg : node;
  const isPlain = column !== undefined && 'ColumnRef' in column;
  const isKnown = booltesttype === undefined || booltesttype === 'IS_TRUE' || booltesttype === 'IS_FALSE';
  return isPlain && isKnown
    ? made(column, 'equal', '=', 'constant', [isFalse ? 'false' : 'true'], null, bound)[0]
    : undefined;
}

function nullTest(node: Node, bound: Bound): PlacedTest | undefined {
  const { nulltesttype, arg } = fieldsOf(node, 'NullTest') ?? {};
  if (nulltesttype === undefined) return undefined;
  const kind = nulltesttype === 'IS_NULL' ? 'isNull' : 'isNotNull';
  return made(arg, kind, kind === 'isNull' ? 'is null' : 'is not null', 'constant', [], null, bound)[0];
}

/** `a = b OR (a IS NULL AND b IS NULL)`, in whichever order: what IS NOT DISTINCT FROM says. */
function writtenOutNotDistinct(condition: Node, bound: Bound): A_Expr | undefined {
  const arms = disjuncts(condition);
  const equality = arms.map((each) => fieldsOf(each, 'A_Expr')).find((each) => each !== undefined);
  if (arms.length !== 2 || equality?.kind !== 'AEXPR_OP' || stringsOf(equality.name).at(-1) !== '=') return undefined;
  const tests = conjuncts(arms.find((each) => 'BoolExpr' in each)).map((each) => fieldsOf(each, 'NullTest'));
  if (tests.length !== 2 || tests.some((each) => each?.nulltesttype !== 'IS_NULL')) return undefined;
  const spelled = (nodes: readonly (Node | undefined)[]) =>
    nodes.map((node) => (node === undefined ? '' : canonical(node, bound, String))).sort();
  const [sides, nulls] = [spelled([equality.lexpr, equality.rexpr]), spelled(tests.map((each) => each?.arg))];
  return sides.every((each, at) => each === nulls[at]) ? equality : undefined;
}

const MIRRORED: ReadonlyMap<string, string> = new Map([
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
  ['@>', '<@'],
  ['<@', '@>'],
]);

function comparisonTests({ kind, name, lexpr, rexpr }: A_Expr, bound: Bound): readonly PlacedTest[] {
  const operator = stringsOf(name).at(-1) ?? '';
  switch (kind) {
    case 'AEXPR_IN':
      return operator === '=' ? inList(lexpr, fieldsOf(rexpr, 'List')?.items ?? [], bound) : [];
    case 'AEXPR_OP_ANY': {
      const elements = fieldsOf(unwrapped(rexpr), 'A_ArrayExpr')?.elements;
      if (operator !== '=') return [];
      if (elements !== undefined) return inList(lexpr, elements, bound);
      return made(lexpr, 'in', operator, operandOf(rexpr, bound), [], variableOf(rexpr, bound), bound);
    }
    case 'AEXPR_BETWEEN': {
      const [low, high] = fieldsOf(rexpr, 'List')?.items ?? [];
      return [...compared(lexpr, '>=', low, bound), ...compared(lexpr, '<=', high, bound)];
    }
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return made(
        lexpr,
        'pattern',
        operator,
        operandOf(rexpr, bound),
        constants(rexpr),
        variableOf(rexpr, bound),
        bound,
      );
    case 'AEXPR_NOT_DISTINCT':
      return compared(lexpr, NOT_DISTINCT, rexpr, bound);
    case 'AEXPR_OP': {
      const pairs = rowPairs(lexpr, rexpr).map(([left, right]) => compared(left, operator, right, bound));
      return pairs.every((each) => each.length > 0) ? pairs.flat() : [];
    }
    default:
      return [];
  }
}

/** `(a, b) = (1, 2)` compares column by column; of a row of which one pair tests no column, nothing is said. */
function rowPairs(
  left: Node | undefined,
  right: Node | undefined,
): readonly (readonly [Node | undefined, Node | undefined])[] {
  const [one, other] = [fieldsOf(left, 'RowExpr')?.args, fieldsOf(right, 'RowExpr')?.args];
  return one && other ? one.map((node, at) => [node, other[at]] as const) : [[left, right]];
}

function inList(column: Node | undefined, items: readonly Node[], bound: Bound): readonly PlacedTest[] {
  const [only] = items;
  if (items.length === 1) return compared(column, '=', only, bound);
  const all = items.map((each) => constantOf(each));
  const isConstant = !all.includes(null);
  const texts = isConstant ? all.filter((each) => typeof each === 'string') : [];
  return made(column, 'in', '=', isConstant ? 'constant' : 'expression', texts, null, bound);
}

/** Both readings: `5 < c` tests c by `>`; an equality of two columns tests both. */
function compared(
  left: Node | undefined,
  operator: string,
  right: Node | undefined,
  bound: Bound,
): readonly PlacedTest[] {
  const one = comparedSide(left, operator, right, bound);
  const other = comparedSide(right, MIRRORED.get(operator) ?? operator, left, bound);
  return other.length === 0 ? one : [...one, ...other];
}

function comparedSide(
  own: Node | undefined,
  operator: string,
  other: Node | undefined,
  bound: Bound,
): readonly PlacedTest[] {
  if (constantOf(own) !== null) return [];
  const joined = kindOf(operator) === 'equal' ? (columnMeaning(other, bound) ?? null) : null;
  const [against, variable] = [operandOf(other, bound), variableOf(other, bound)];
  return made(own, kindOf(operator), operator, against, constants(other), variable, bound, joined);
}

function kindOf(operator: string): ColumnTest['kind'] {
  if (operator === '=' || operator === NOT_DISTINCT) return 'equal';
  if (/^[<>]=?$/.test(operator)) return 'range';
  if (/^!?~~?\*?$/.test(operator) || operator === '^@') return 'pattern';
  return operator === '@@' ? 'search' : 'other';
}

function constants(node: Node | undefined): readonly string[] {
  const constant = constantText(node);
  return constant === null ? [] : [constant];
}

/** One test for the column that a side is, or is made of. */
function made(
  side: Node | undefined,
  kind: ColumnTest['kind'],
  operator: string,
  against: Operand,
  constantTexts: readonly string[],
  variable: string | null,
  bound: Bound,
  joined: ColumnMeaning | null = null,
): readonly PlacedTest[] {
  const [meaning, second] = columnsIn(side, bound);
  if (side === undefined || meaning?.column === undefined || second !== undefined || meaning.level !== 0) return [];
  const { column, source, isOuter } = meaning;
  const at = placeOf(bound, firstColumn(side) ?? side);
  const rest = { kind, operator, against, constants: constantTexts, variable, isBare: isBare(side, bound), at };
  return [{ test: { column, ...rest }, source, isOuter, joined }];
}

function firstColumn(side: Node): Node | undefined {
  const inner = unwrapped(side);
  return inner !== undefined && 'ColumnRef' in inner ? inner : undefined;
}

const TEXTS = new Set(['text', 'varchar', 'bpchar', 'name']);

/** A cast between kinds of text changes nothing that an index would miss. */
function isBare(side: Node, { types }: Binding): boolean {
  if ('ColumnRef' in side) return true;
  const inner = unwrapped(side);
  const [reference, cast] = [fieldsOf(inner, 'ColumnRef'), fieldsOf(side, 'TypeCast')];
  if (reference === undefined || cast === undefined) return false;
  const [own, target] = [types.get(reference), types.get(cast)];
  const isText = (type: typeof own) => type !== undefined && TEXTS.has(builtinName(type) ?? '');
  return isText(own) && isText(target);
}
