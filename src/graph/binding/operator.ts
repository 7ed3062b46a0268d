import type { A_Expr, Node } from '@pgsql/types';
import { writtenName } from '../../sql/nodes.ts';
import type { TypeRef } from '../type-ref.ts';
import type { Analysis } from './analysis.ts';
import { builtin, builtinOperators, type Operator } from './builtin/builtins.ts';
import type { Level } from './level.ts';
import { bindLiteral } from './literal.ts';
import { chooseOperator, choosePrefixOperator } from './overload.ts';
import { settle } from './polymorphic.ts';
import { arrayOf, builtinName, commonType, elementOf, isSameType, LITERAL } from './type-system.ts';

const BOOLEAN = builtin('bool');

/** Operators and the constructs of the grammar that are operators underneath (IN, BETWEEN, LIKE, ANY, NULLIF …). */
export function bindOperator(expression: A_Expr, analysis: Analysis, level: Level): TypeRef | undefined {
  const { kind, lexpr, rexpr } = expression;
  const { name } = writtenName(expression.name);
  switch (kind) {
    case 'AEXPR_IN':
      return bindIn(name, lexpr, listItems(rexpr), analysis, level);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return bindBetween(lexpr, listItems(rexpr), analysis, level);
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      return bindAnyAll(name, lexpr, rexpr, analysis, level);
    case 'AEXPR_NULLIF': {
      const type = analysis.expression(lexpr, level);
      const right = analysis.expression(rexpr, level);
      binary('=', [lexpr, type], [rexpr, right], analysis);
      return type && isSameType(type, LITERAL) ? builtin('text') : type;
    }
    case 'AEXPR_OP':
      return bindChain(expression, analysis, level);
    default:
      bindOne(expression, analysis.expression(lexpr, level), lexpr, analysis, level);
      return BOOLEAN;
  }
}

/** `a + b + c + …` nests to the left, and may be longer than the call stack is deep: bound from the innermost outwards. */
function bindChain(outermost: A_Expr, analysis: Analysis, level: Level): TypeRef | undefined {
  const chain: A_Expr[] = [];
  let operand: Node | undefined = { A_Expr: outermost };
  while (operand && 'A_Expr' in operand && operand.A_Expr.kind === 'AEXPR_OP') {
    chain.push(operand.A_Expr);
    operand = operand.A_Expr.lexpr ?? operand.A_Expr.rexpr;
  }
  let type = analysis.expression(operand, level);
  for (const each of chain.toReversed()) {
    type = bindOne(each, type, operand, analysis, level);
    if (type) analysis.results.types.set(each, type);
    operand = { A_Expr: each };
  }
  return type;
}

/** One operator whose first operand (a prefix operator's only one) is bound already. */
function bindOne(
  { name: names, lexpr, rexpr }: A_Expr,
  first: TypeRef | undefined,
  operand: Node | undefined,
  analysis: Analysis,
  level: Level,
): TypeRef | undefined {
  const { name } = writtenName(names);
  if (!lexpr) return prefix(name, operand, first, analysis);
  return binary(name, [operand, first], [rexpr, analysis.expression(rexpr, level)], analysis);
}

function listItems(node: Node | undefined): readonly Node[] {
  return node && 'List' in node ? (node.List.items ?? []) : node ? [node] : [];
}

type Operand = readonly [node: Node | undefined, type: TypeRef | undefined];

/** Finds the operator, records what the operands are coerced to, and returns the result's type. */
export function binary(name: string, left: Operand, right: Operand, analysis: Analysis): TypeRef | undefined {
  const { names } = analysis;
  const choice = chooseOperator(builtinOperators(name), left[1], right[1], names);
  if (choice && 'one' in choice) return apply(choice.one, [left, right], analysis);
  // No built-in one: an extension's, whose operands are mostly of one type.
  for (const [[node, type], [, other]] of [
    [left, right],
    [right, left],
  ] as const) {
    if (!choice && type && other && isSameType(type, LITERAL) && !isSameType(other, LITERAL))
      coerce(node, other, analysis);
  }
  return choice ? agreed(choice.several) : undefined;
}

function prefix(
  name: string,
  node: Node | undefined,
  type: TypeRef | undefined,
  analysis: Analysis,
): TypeRef | undefined {
  const choice = choosePrefixOperator(builtinOperators(name), type, analysis.names);
  if (choice && 'one' in choice) return apply(choice.one, [[node, type]], analysis);
  return choice ? agreed(choice.several) : undefined;
}

function agreed(operators: readonly Operator[]): TypeRef | undefined {
  const [first, ...rest] = operators;
  return first && rest.every((each) => each.result === first.result) ? first.result : undefined;
}

function apply(operator: Operator, operands: readonly Operand[], analysis: Analysis): TypeRef | undefined {
  const declared = operands.length === 2 ? [operator.left, operator.right] : [operator.right];
  const settled = settle(
    declared,
    operator.result,
    operands.map(([, type]) => type),
    analysis.names,
  );
  for (const [at, [node]] of operands.entries()) coerce(node, settled.types[at], analysis);
  return settled.result;
}

function coerce(node: Node | undefined, type: TypeRef | undefined, { names, results }: Analysis): void {
  if (!type || builtinName(type) === 'any') return;
  results.coerce(node, type);
  bindLiteral(node, type, names, results);
}

/** transformAExprIn(): with a common type it is one array comparison, else a chain of comparisons. */
function bindIn(
  name: string,
  left: Node | undefined,
  items: readonly Node[],
  analysis: Analysis,
  level: Level,
): TypeRef {
  const type = analysis.expression(left, level);
  const types = items.map((item) => analysis.expression(item, level));
  const common = left && !('RowExpr' in left) ? commonType([type, ...types], analysis.names) : undefined;
  if (!common) {
    for (const [at, item] of items.entries()) binary(name, [left, type], [item, types[at]], analysis);
    return BOOLEAN;
  }
  for (const item of items) coerce(item, common, analysis);
  binary(name, [left, type], [undefined, common], analysis);
  return BOOLEAN;
}

function bindBetween(left: Node | undefined, bounds: readonly Node[], analysis: Analysis, level: Level): TypeRef {
  const type = analysis.expression(left, level);
  for (const bound of bounds) binary('>=', [left, type], [bound, analysis.expression(bound, level)], analysis);
  return BOOLEAN;
}

/** make_scalar_array_op(): the operator works on the array's elements. */
function bindAnyAll(
  name: string,
  left: Node | undefined,
  right: Node | undefined,
  analysis: Analysis,
  level: Level,
): TypeRef {
  const type = analysis.expression(left, level);
  const array = analysis.expression(right, level);
  const isLiteral = array !== undefined && isSameType(array, LITERAL);
  const element = isLiteral ? LITERAL : array && elementOf(array);
  const choice = chooseOperator(builtinOperators(name), type, element, analysis.names);
  if (!choice || !('one' in choice)) return BOOLEAN;
  const operator = choice.one;
  const settled = settle([operator.left, operator.right], operator.result, [type, element], analysis.names);
  coerce(left, settled.types[0], analysis);
  const goal = settled.types[1];
  if (goal) coerce(right, arrayOf(goal), analysis);
  return BOOLEAN;
}
