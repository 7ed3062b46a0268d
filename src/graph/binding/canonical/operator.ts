import type { A_Expr, Node, NullTestType } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../../sql/nodes.ts';
import type { TypeRef } from '../../types/type-ref.ts';
import { builtin } from '../builtin/builtins.ts';
import { cast, key, print } from './form.ts';
import { list, quoted } from './key-syntax.ts';
import { logic, negated } from './logic.ts';
import { type Form, meaningOf, typeOf, type Writer } from './writer.ts';

/** Operators, and the constructs that Postgres turns into operators when it reads them. */
export function writeOperator(expression: A_Expr, writer: Writer): Form {
  const { kind, lexpr, rexpr } = expression;
  const { name } = writtenName(expression.name);
  switch (kind) {
    case 'AEXPR_IN':
      return writeIn(expression, name, writer);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return writeBetween(expression, writer);
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      return key(list(kind === 'AEXPR_OP_ANY' ? 'any' : 'all', quoted(name), writer.text(lexpr), writer.text(rexpr)));
    case 'AEXPR_NULLIF':
      return key(list('nullif', writer.text(lexpr), writer.text(rexpr)), typeOf(writer, expression));
    case 'AEXPR_DISTINCT':
      return nullTest('IS_NOT_NULL', lexpr, rexpr, writer) ?? distinct(lexpr, rexpr, writer);
    case 'AEXPR_NOT_DISTINCT':
      return nullTest('IS_NULL', lexpr, rexpr, writer) ?? negated(print(distinct(lexpr, rexpr, writer), writer));
    default:
      return rowComparison(name, lexpr, rexpr, writer) ?? writeChain(expression, writer);
  }
}

/** transformAExprDistinct(): with a NULL written on either side it is a test for NULL. */
function nullTest(
  test: NullTestType,
  lexpr: Node | undefined,
  rexpr: Node | undefined,
  writer: Writer,
): Form | undefined {
  const isNull = (node: Node | undefined) => fieldsOf(node, 'A_Const')?.isnull === true;
  if (!isNull(lexpr) && !isNull(rexpr)) return undefined;
  return key(list(test, writer.text(isNull(rexpr) ? lexpr : rexpr)), builtin('bool'));
}

function applied(name: string, left: string | undefined, right: string, type?: TypeRef): Form {
  return key(list('op', quoted(name), left, right), type);
}

/** A chain that nests to the left may be longer than the call stack is deep. */
function writeChain(outermost: A_Expr, writer: Writer): Form {
  const chain = [outermost];
  let operand = outermost.lexpr ?? outermost.rexpr;
  while (operand && 'A_Expr' in operand && operand.A_Expr.kind === 'AEXPR_OP' && !isRowComparison(operand.A_Expr)) {
    chain.push(operand.A_Expr);
    operand = operand.A_Expr.lexpr ?? operand.A_Expr.rexpr;
  }
  let form = writer.value(operand);
  for (const each of chain.toReversed()) {
    if (each !== chain.at(-1)) form = cast(form, writer.binding?.coercions.get(inside(each)), writer);
    const { name } = writtenName(each.name);
    const first = print(form, writer);
    form = each.lexpr
      ? applied(name, first, writer.text(each.rexpr), typeOf(writer, each))
      : applied(name, undefined, first, typeOf(writer, each));
  }
  return form;
}

/** The operator expression that is an operator's first operand. */
function inside({ lexpr, rexpr }: A_Expr): object {
  const operand = lexpr ?? rexpr;
  return operand && 'A_Expr' in operand ? operand.A_Expr : {};
}

function isRowComparison({ lexpr, rexpr }: A_Expr): boolean {
  return lexpr !== undefined && rexpr !== undefined && 'RowExpr' in lexpr && 'RowExpr' in rexpr;
}

/** `(a, b) = (c, d)` is read as `a = c and b = d`; the other comparisons of rows stay one. */
function rowComparison(
  name: string,
  left: Node | undefined,
  right: Node | undefined,
  writer: Writer,
): Form | undefined {
  if (!left || !right || !('RowExpr' in left) || !('RowExpr' in right)) return undefined;
  const pairs = (left.RowExpr.args ?? []).map((node, at) => {
    return applied(name, writer.text(node), writer.text(right.RowExpr.args?.[at]));
  });
  if (name === '=') return logic('and', pairs);
  return name === '<>' ? logic('or', pairs) : undefined;
}

function distinct(left: Node | undefined, right: Node | undefined, writer: Writer): Form {
  if (left && right && 'RowExpr' in left && 'RowExpr' in right) {
    const pairs = (left.RowExpr.args ?? []).map((node, at) => distinct(node, right.RowExpr.args?.[at], writer));
    return logic('or', pairs);
  }
  return key(list('distinct', writer.text(left), writer.text(right)));
}

function writeIn(expression: A_Expr, name: string, writer: Writer): Form {
  const meaning = meaningOf(writer, expression);
  const left = writer.value(expression.lexpr);
  if (meaning?.kind !== 'comparisons')
    return key(list('in', quoted(name), print(left, writer), writer.text(expression.rexpr)));
  const { array, element, single, lefts } = meaning;
  const operand = (at: number) => print(cast(left, lefts[at], writer), writer);
  const whole =
    array && list('array', ...array.map((node) => print(cast(writer.value(node), element, writer), writer)));
  const isNegative = name === '<>';
  const parts = whole === undefined ? [] : [key(list(isNegative ? 'all' : 'any', quoted(name), operand(0), whole))];
  for (const [at, node] of single.entries()) {
    const row = rowComparison(name, expression.lexpr, node, writer);
    parts.push(row ?? applied(name, operand(at + (array ? 1 : 0)), writer.text(node)));
  }
  return logic(isNegative ? 'and' : 'or', parts);
}

function writeBetween(expression: A_Expr, writer: Writer): Form {
  const meaning = meaningOf(writer, expression);
  const { single = [], lefts = [] } = meaning?.kind === 'comparisons' ? meaning : {};
  const left = writer.value(expression.lexpr);
  const compare = (name: string, at: number) => {
    return applied(name, print(cast(left, lefts[at], writer), writer), writer.text(single[at]));
  };
  const inside = (from: number, to: number) => logic('and', [compare('>=', from), compare('<=', to)]);
  const outside = (from: number, to: number) => logic('or', [compare('<', from), compare('>', to)]);
  switch (expression.kind) {
    case 'AEXPR_BETWEEN':
      return inside(0, 1);
    case 'AEXPR_NOT_BETWEEN':
      return outside(0, 1);
    case 'AEXPR_BETWEEN_SYM':
      return logic('or', [inside(0, 1), inside(1, 0)]);
    default:
      return logic('and', [outside(0, 1), outside(1, 0)]);
  }
}
