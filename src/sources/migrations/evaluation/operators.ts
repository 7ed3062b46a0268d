import { Moment, momentOf, Span } from './moment.ts';
import { ShownClause } from './shown-clause.ts';
import { both, either, idOf, isList, not, ObjectReference, type Truth, textOf, UNKNOWN, type Value } from './value.ts';

/** `left IN (…)`. */
export function anyEquals(left: Value, list: Value): Truth {
  return isList(list) ? list.reduce<Truth>((truth, each) => either(truth, compare('=', left, each)), false) : UNKNOWN;
}

/** Numbers, times and intervals. */
export function arithmetic(operator: string, left: Value, right: Value): Value {
  if (operator === '+' && right instanceof Moment && !(left instanceof Moment))
    return arithmetic(operator, right, left);
  if (left instanceof Moment) return moved(left, operator === '-' ? -1 : operator === '+' ? 1 : undefined, right);
  if (operator === '*' && left instanceof Span && typeof right === 'number') return left.times(right);
  if (operator === '*' && typeof left === 'number' && right instanceof Span) return right.times(left);
  if (typeof left !== 'number' || typeof right !== 'number') return UNKNOWN;
  return operator === '+' ? left + right : operator === '-' ? left - right : left * right;
}

function moved(from: Moment, sign: 1 | -1 | undefined, by: Value): Value {
  if (sign === undefined) return UNKNOWN;
  if (by instanceof Span) return from.plus(by, sign) ?? UNKNOWN;
  return (from.isDate && typeof by === 'number' ? from.plusDays(sign * by) : undefined) ?? UNKNOWN;
}

/** `=`, `<`, …: of a time also with a text, which stands for one then. */
export function compare(operator: string, leftValue: Value, rightValue: Value): Truth {
  if (isNamed(leftValue, rightValue) || isNamed(rightValue, leftValue)) return UNKNOWN;
  const isOfTime = leftValue instanceof Moment || rightValue instanceof Moment;
  const left = isOfTime ? timeOf(leftValue) : idOf(leftValue);
  const right = isOfTime ? timeOf(rightValue) : idOf(rightValue);
  if (left === null || right === null) return null;
  const clauses = clausesEqual(leftValue, rightValue);
  if (clauses !== undefined)
    return operator === '=' ? clauses : ['<>', '!='].includes(operator) ? not(clauses) : UNKNOWN;
  const lists = listsOf(left, right);
  if (lists !== undefined) return compareLists(operator, ...lists);
  const isComparable = (value: Value) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (!isComparable(left) || !isComparable(right)) return UNKNOWN;
  const [a, b] = typeof left === typeof right ? [left, right] : [textOf(left), textOf(right)];
  switch (operator) {
    case '=':
      return a === b;
    case '<>':
    case '!=':
      return a !== b;
    default:
      break;
  }
  // Ordering of texts depends on the collation.
  if (typeof left !== 'number' || typeof right !== 'number') return UNKNOWN;
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return UNKNOWN;
  }
}

function clausesEqual(left: Value, right: Value): Truth | undefined {
  if (left instanceof ShownClause) return left.equals(right);
  return right instanceof ShownClause ? right.equals(left) : undefined;
}

/** Two arrays, one of which may be written as text: `roles = '{public}'`. */
function listsOf(left: Value, right: Value): readonly [readonly Value[], readonly Value[]] | undefined {
  if (!isList(left) && !isList(right)) return undefined;
  const a = typeof left === 'string' ? arrayLiteral(left) : left;
  const b = typeof right === 'string' ? arrayLiteral(right) : right;
  return isList(a) && isList(b) ? [a, b] : undefined;
}

/** `=`, `<>`, `@>`, `<@` and `&&` of arrays (docs 9.19); a NULL in one is equal to a NULL for the first two and to nothing for the others. */
function compareLists(operator: string, left: readonly Value[], right: readonly Value[]): Truth {
  const isIn = (value: Value, list: readonly Value[]): Truth =>
    value === null ? false : (anyEquals(value, list) ?? false);
  const areAllIn = (values: readonly Value[], list: readonly Value[]) =>
    values.reduce<Truth>((truth, each) => both(truth, isIn(each, list)), true);
  switch (operator) {
    case '=':
      return areSame(left, right);
    case '<>':
    case '!=':
      return not(areSame(left, right));
    case '@>':
      return areAllIn(right, left);
    case '<@':
      return areAllIn(left, right);
    case '&&':
      return left.reduce<Truth>((truth, each) => either(truth, isIn(each, right)), false);
    default:
      return UNKNOWN;
  }
}

function areSame(left: readonly Value[], right: readonly Value[]): Truth {
  if (left.length !== right.length) return false;
  return left.reduce<Truth>((truth, each, at) => {
    const other = right[at] ?? null;
    return both(truth, each === null || other === null ? each === other : compare('=', each, other));
  }, true);
}

/** `{a,b}` of plain elements. */
export function arrayLiteral(text: string): Value {
  const inner = /^\{(.*)\}$/s.exec(text)?.[1];
  if (inner === undefined || /["\\{}]/.test(inner)) return UNKNOWN;
  return inner === '' ? [] : inner.split(',').map((each) => (each.trim() === 'NULL' ? null : each.trim()));
}

/** `oid::regclass = 'orders'`: the text is read as a name then. */
function isNamed(object: Value, text: Value): boolean {
  return object instanceof ObjectReference && typeof text === 'string';
}

/** Milliseconds since 1970. */
function timeOf(value: Value): Value {
  const moment = typeof value === 'string' ? momentOf(value, undefined) : value;
  return moment instanceof Moment ? moment.time : value === null ? null : UNKNOWN;
}
