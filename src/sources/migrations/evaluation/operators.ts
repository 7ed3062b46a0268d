import { Moment, momentOf, Span } from './moment.ts';
import { either, idOf, isList, ObjectReference, type Truth, textOf, UNKNOWN, type Value } from './value.ts';

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

/** `oid::regclass = 'orders'`: the text is read as a name then. */
function isNamed(object: Value, text: Value): boolean {
  return object instanceof ObjectReference && typeof text === 'string';
}

/** Milliseconds since 1970. */
function timeOf(value: Value): Value {
  const moment = typeof value === 'string' ? momentOf(value, undefined) : value;
  return moment instanceof Moment ? moment.time : value === null ? null : UNKNOWN;
}
