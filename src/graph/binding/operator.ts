import type { A_Expr, Node } from '@pgsql/types';
import { innerOf, writtenName } from '../../sql/nodes.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { Analysis } from './analysis.ts';
import { builtin } from './builtin/builtins.ts';
import type { Level } from './level.ts';
import { binary, binaryWithArray, coerce, prefix } from './operator-call.ts';
import { arrayOf, builtinName, commonType } from './type-system.ts';

const BOOLEAN = builtin('bool');

/** Operators and the constructs of the grammar that are operators underneath (IN, BETWEEN, LIKE, ANY, NULLIF …). */
export function bindOperator(expression: A_Expr, analysis: Analysis, level: Level): TypeRef | undefined {
  const { kind, lexpr, rexpr } = expression;
  const { name } = writtenName(expression.name);
  switch (kind) {
    case 'AEXPR_IN':
      return bindIn(expression, name, analysis, level);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return bindBetween(expression, analysis, level);
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL': {
      const left = analysis.expression(lexpr, level);
      return binaryWithArray(name, [lexpr, left], [rexpr, analysis.expression(rexpr, level)], analysis).result;
    }
    case 'AEXPR_NULLIF': {
      const type = analysis.expression(lexpr, level);
      const right = analysis.expression(rexpr, level);
      return binary('=', [lexpr, type], [rexpr, right], analysis).left ?? type;
    }
    case 'AEXPR_OP':
      if (lexpr && rexpr && 'RowExpr' in lexpr && 'RowExpr' in rexpr)
        return bindRows(name, lexpr, rexpr, analysis, level);
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
    if (type) analysis.results.giveType(each, type);
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
  if (!lexpr) return prefix(name, [operand, first], analysis);
  return binary(name, [operand, first], [rexpr, analysis.expression(rexpr, level)], analysis).result;
}

function listItems(node: Node | undefined): readonly Node[] {
  return node && 'List' in node ? (node.List.items ?? []) : node ? [node] : [];
}

/**
 * transformAExprIn(): the items that name no column of this query become one array (if there are two or more and they have a
 * common type), the others are compared one by one.
 */
function bindIn(expression: A_Expr, name: string, analysis: Analysis, level: Level): TypeRef {
  const { lexpr, rexpr } = expression;
  const type = analysis.expression(lexpr, level);
  const items = listItems(rexpr).map((node) => {
    const before = level.uses;
    return { node, type: analysis.expression(node, level), isConstant: level.uses === before };
  });
  const constants = items.filter((item) => item.isConstant);
  const types = [type, ...constants.map((item) => item.type)];
  const common = commonType(types, analysis.names);
  // Where a type is not known, it is taken to fit: hardly any list does not.
  const fits = common ? builtinName(common) !== 'record' : types.includes(undefined) && !(lexpr && 'RowExpr' in lexpr);
  const isArray = constants.length > 1 && fits;
  const lefts: (TypeRef | undefined)[] = [];
  let element: TypeRef | undefined;
  if (isArray) {
    for (const { node } of constants) coerce(node, common, analysis);
    const applied = binaryWithArray(name, [undefined, type], [undefined, common && arrayOf(common)], analysis, lexpr);
    lefts.push(applied.left);
    element = applied.right ?? common;
  }
  const single = isArray ? items.filter((item) => !item.isConstant) : items;
  for (const { node, type: itemType } of single) {
    if (lexpr && 'RowExpr' in lexpr && 'RowExpr' in node) compareRows(name, lexpr, node, analysis);
    else lefts.push(binary(name, [undefined, type], [node, itemType], analysis).left);
  }
  const array = isArray ? constants.map((item) => item.node) : undefined;
  analysis.results.mean(expression, {
    kind: 'comparisons',
    array,
    element,
    single: single.map((item) => item.node),
    lefts,
  });
  return BOOLEAN;
}

function bindBetween(expression: A_Expr, analysis: Analysis, level: Level): TypeRef {
  const type = analysis.expression(expression.lexpr, level);
  const single = listItems(expression.rexpr);
  const [first, second] = expression.kind?.startsWith('AEXPR_NOT') ? ['<', '>'] : ['>=', '<='];
  const lefts = single.map((bound, at) => {
    return binary(at === 0 ? first : second, [undefined, type], [bound, analysis.expression(bound, level)], analysis)
      .left;
  });
  analysis.results.mean(expression, { kind: 'comparisons', single, lefts });
  return BOOLEAN;
}

type Row = Extract<Node, { RowExpr: unknown }>;

/** make_row_comparison_op(): rows are compared column by column. */
function bindRows(name: string, left: Row, right: Row, analysis: Analysis, level: Level): TypeRef {
  analysis.expression(left, level);
  analysis.expression(right, level);
  compareRows(name, left, right, analysis);
  return BOOLEAN;
}

function compareRows(name: string, left: Row, right: Row, analysis: Analysis): void {
  const operand = (node: Node | undefined) => [node, node && analysis.results.typeOf(innerOf(node))] as const;
  for (const [at, node] of (left.RowExpr.args ?? []).entries()) {
    binary(name, operand(node), operand(right.RowExpr.args?.[at]), analysis);
  }
}
