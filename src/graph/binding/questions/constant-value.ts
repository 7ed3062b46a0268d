import type { A_Const, A_Expr, FuncCall, Node, SubLink } from '@pgsql/types';
import { writtenName } from '../../../sql/nodes.ts';

/** A value that is the same for every row and session; null is SQL's NULL, a symbol some value that is not NULL and equals itself. */
export type ConstantValue = boolean | number | string | symbol | null;

/** The value, or undefined where it depends on data, on the session, or on something this does not calculate. */
export type Folded = ConstantValue | undefined;

/** Deeper expressions are not constants that anybody wrote. */
const MAX_DEPTH = 200;

export interface Assumption {
  /** What a part of an expression is taken to be; undefined for what nothing is assumed of. */
  (node: Node): ConstantValue | undefined;
  /** Is the call surely none of an aggregate, by what its name means? */
  readonly isPlainCall?: (call: FuncCall) => boolean;
}

/** Calculates literals, casts of them, comparisons, logic with three values, COALESCE, CASE, NULLIF and FROM-less subselects. */
export function foldValue(node: Node | undefined, assume?: Assumption, depth = 0): Folded {
  if (!node || depth > MAX_DEPTH) return undefined;
  const assumed = assume?.(node);
  if (assumed !== undefined) return assumed;
  if ('A_Const' in node) return literal(node.A_Const);
  if ('ColumnRef' in node || 'FuncCall' in node) return undefined;
  const fold = (each: Node | undefined) => foldValue(each, assume, depth + 1);
  if ('TypeCast' in node) return castValue(fold(node.TypeCast.arg), writtenName(node.TypeCast.typeName?.names).name);
  if ('BoolExpr' in node) {
    const { boolop, args = [] } = node.BoolExpr;
    const values = args.map(fold);
    if (boolop === 'NOT_EXPR') return not(values[0]);
    return boolop === 'AND_EXPR' ? every(values) : some(values);
  }
  if ('NullTest' in node) {
    const value = fold(node.NullTest.arg);
    return value === undefined ? undefined : (value === null) === (node.NullTest.nulltesttype === 'IS_NULL');
  }
  if ('BooleanTest' in node) return testBoolean(fold(node.BooleanTest.arg), node.BooleanTest.booltesttype ?? '');
  if ('CoalesceExpr' in node) return firstKnown(node.CoalesceExpr.args ?? [], fold);
  if ('CaseExpr' in node) return foldCase(node.CaseExpr, fold);
  if ('A_Expr' in node) return foldOperator(node.A_Expr, fold);
  return 'SubLink' in node ? foldSubLink(node.SubLink, fold, assume) : undefined;
}

type Fold = (node: Node | undefined) => Folded;

function literal({ isnull, boolval, ival, fval, sval }: A_Const): Folded {
  if (isnull) return null;
  // The grammar leaves fields out that are zero, false or empty.
  if (boolval) return boolval.boolval ?? false;
  if (ival) return ival.ival ?? 0;
  if (fval) return Number(fval.fval);
  return sval ? (sval.sval ?? '') : undefined;
}

function castValue(value: Folded, type: string): Folded {
  if (value === undefined || value === null) return value;
  if (typeof value === 'symbol') return KEEPING.has(type) ? value : undefined;
  if (type === 'bool')
    return typeof value === 'string' ? booleanOf(value) : typeof value === 'number' ? value !== 0 : value;
  if (type === 'text' || type === 'varchar') return typeof value === 'number' ? undefined : String(value);
  if (!NUMBERS.has(type) || typeof value === 'boolean') return undefined;
  const number = Number(value);
  return value === '' || Number.isNaN(number) || (type !== 'numeric' && !Number.isInteger(number)) ? undefined : number;
}

/** Types in which what differs goes on differing. */
const KEEPING: ReadonlySet<string> = new Set(['text', 'uuid', 'int8', 'numeric']);

const NUMBERS: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8']);

function booleanOf(text: string): Folded {
  const word = text.trim().toLowerCase();
  if (['t', 'true', 'y', 'yes', 'on', '1'].includes(word)) return true;
  return ['f', 'false', 'n', 'no', 'off', '0'].includes(word) ? false : undefined;
}

/** A literal stands for a boolean where one is expected: `'t' and …`. */
function truth(value: Folded): boolean | null | undefined {
  const found = typeof value === 'string' ? booleanOf(value) : value;
  return typeof found === 'boolean' || found === null ? found : undefined;
}

export function not(value: Folded): Folded {
  const known = truth(value);
  return typeof known === 'boolean' ? !known : known;
}

/** AND: one false decides, then one that is not known, then NULL. */
function every(values: readonly Folded[]): Folded {
  const known = values.map(truth);
  if (known.includes(false)) return false;
  return known.includes(undefined) ? undefined : known.includes(null) ? null : true;
}

function some(values: readonly Folded[]): Folded {
  return not(every(values.map(not)));
}

function testBoolean(value: Folded, test: string): Folded {
  const known = truth(value);
  if (known === undefined) return undefined;
  const wanted = test.endsWith('TRUE') ? true : test.endsWith('FALSE') ? false : null;
  return (known === wanted) !== test.startsWith('IS_NOT');
}

function firstKnown(nodes: readonly Node[], fold: Fold): Folded {
  for (const node of nodes) {
    const value = fold(node);
    if (value !== null) return value;
  }
  return null;
}

function foldCase({ arg, args, defresult }: { arg?: Node; args?: Node[]; defresult?: Node }, fold: Fold): Folded {
  const tested = arg && fold(arg);
  for (const node of args ?? []) {
    if (!('CaseWhen' in node)) return undefined;
    const { expr, result } = node.CaseWhen;
    const holds = arg ? compare('=', tested, fold(expr)) : truth(fold(expr));
    if (holds === undefined) return undefined;
    if (holds === true) return fold(result);
  }
  return defresult ? fold(defresult) : null;
}

function foldOperator(expression: A_Expr, fold: Fold): Folded {
  const { kind, lexpr, rexpr } = expression;
  const { name } = writtenName(expression.name);
  const left = fold(lexpr);
  const items = () => (rexpr && 'List' in rexpr ? (rexpr.List.items ?? []) : []).map(fold);
  switch (kind) {
    case 'AEXPR_OP':
      return lexpr ? compare(name, left, fold(rexpr)) : undefined;
    case 'AEXPR_IN':
      return name === '='
        ? some(items().map((item) => compare('=', left, item)))
        : every(items().map((item) => compare('<>', left, item)));
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL': {
      const results = elementsOf(rexpr, fold)?.map((element) => compare(name, left, element));
      if (results === undefined) return undefined;
      return kind === 'AEXPR_OP_ANY' ? some(results) : every(results);
    }
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN': {
      const [from, to] = items();
      const inside = every([compare('>=', left, from), compare('<=', left, to)]);
      return kind === 'AEXPR_BETWEEN' ? inside : not(inside);
    }
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT': {
      const right = fold(rexpr);
      const isEqual =
        left === null || right === null ? bothKnown(left, right, left === right) : compare('=', left, right);
      return kind === 'AEXPR_DISTINCT' ? not(isEqual) : isEqual;
    }
    case 'AEXPR_NULLIF': {
      const isEqual = compare('=', left, fold(rexpr));
      return isEqual === undefined ? undefined : isEqual === true ? null : left;
    }
    default:
      return undefined;
  }
}

/** `array['a', 'b']`, and as the server writes a list of varchar out: `(array['a'::character varying])::text[]`. */
function elementsOf(array: Node | undefined, fold: Fold): readonly Folded[] | undefined {
  if (array !== undefined && 'A_ArrayExpr' in array) return (array.A_ArrayExpr.elements ?? []).map(fold);
  const { arg, typeName } = array !== undefined && 'TypeCast' in array ? array.TypeCast : {};
  if ((typeName?.arrayBounds ?? []).length === 0 || (typeName?.typmods ?? []).length > 0) return undefined;
  const { name } = writtenName(typeName?.names);
  return elementsOf(arg, fold)?.map((each) => castValue(each, name));
}

function bothKnown<T>(left: Folded, right: Folded, value: T): T | undefined {
  return left === undefined || right === undefined ? undefined : value;
}

/** A comparison of two values of one kind. NULL on either side gives NULL, also where the other side is not known. */
function compare(name: string, left: Folded, right: Folded): Folded {
  if (!COMPARISONS.has(name)) return undefined;
  if (left === null || right === null) return null;
  if (left === undefined || right === undefined) return undefined;
  if (typeof left === 'symbol' || typeof right === 'symbol') return left === right ? WITH_EQUAL.has(name) : undefined;
  const [a, b] = alike(left, right) ?? [];
  if (a === undefined || b === undefined || a === null || b === null) return undefined;
  if (name === '=') return a === b;
  if (name === '<>') return a !== b;
  // How strings sort depends on the collation.
  if (typeof a === 'string' || typeof a === 'symbol' || typeof b === 'symbol') return undefined;
  if (name === '<') return a < b;
  if (name === '>') return a > b;
  return name === '<=' ? a <= b : a >= b;
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '>', '<=', '>=']);
const WITH_EQUAL: ReadonlySet<string> = new Set(['=', '<=', '>=']);

/** An untyped literal takes the other side's type. */
function alike(
  left: boolean | number | string,
  right: boolean | number | string,
): readonly [Folded, Folded] | undefined {
  if (typeof left === typeof right) return [left, right];
  if (typeof left === 'string') return [castValue(left, typeof right === 'boolean' ? 'bool' : 'numeric'), right];
  return typeof right === 'string'
    ? [left, castValue(right, typeof left === 'boolean' ? 'bool' : 'numeric')]
    : undefined;
}

/** `(select true)` and `exists (select 1)`: a subselect that reads nothing. */
function foldSubLink({ subLinkType, subselect }: SubLink, fold: Fold, assume: Assumption | undefined): Folded {
  if (!subselect || !('SelectStmt' in subselect)) return undefined;
  const {
    fromClause,
    whereClause,
    targetList,
    limitCount,
    limitOffset,
    valuesLists,
    larg,
    havingClause,
    withClause,
    groupClause,
  } = subselect.SelectStmt;
  if (fromClause || limitCount || limitOffset || valuesLists || larg || havingClause || withClause || groupClause)
    return undefined;
  const holds = whereClause ? truth(fold(whereClause)) : true;
  if (holds === undefined) return undefined;
  const [target] = targetList ?? [];
  const value = target && 'ResTarget' in target ? target.ResTarget.val : undefined;
  // An aggregate makes a row even of nothing.
  if (value && 'FuncCall' in value && assume?.(value) === undefined) return undefined;
  if (subLinkType === 'EXISTS_SUBLINK') return holds === true;
  if (subLinkType !== 'EXPR_SUBLINK' || value === undefined) return undefined;
  return holds === true ? fold(value) : null;
}
