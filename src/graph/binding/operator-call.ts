import type { Node } from '@pgsql/types';
import type { TypeRef } from '../types/type-ref.ts';
import type { Analysis } from './analysis.ts';
import { builtin, builtinOperators, type Operator } from './builtin/builtins.ts';
import { bindLiteral } from './literal.ts';
import { chooseOperator, choosePrefixOperator } from './overload.ts';
import { settle } from './polymorphic.ts';
import { noteNoOperator } from './type-clash.ts';
import { arrayOf, builtinName, elementOf, isSameType, LITERAL } from './type-system.ts';

/** An operand and its type; without a node where nothing is to be noted for it. */
export type Operand = readonly [node: Node | undefined, type: TypeRef | undefined];

export interface Applied {
  readonly result: TypeRef | undefined;
  /** What the left operand is coerced to. */
  readonly left: TypeRef | undefined;
  /** What the right operand, or each element of it, is coerced to. */
  readonly right: TypeRef | undefined;
}

/**
 * Finds a binary operator, records what its operands are coerced to, and says what it returns.
 * @param at where it stands, if neither operand has a node
 */
export function binary(name: string, left: Operand, right: Operand, analysis: Analysis, at?: Node): Applied {
  const choice = chooseOperator(builtinOperators(name), left[1], right[1], analysis.names);
  if (choice && 'one' in choice) return apply(choice.one, left, right, analysis);
  if (choice) return { result: agreed(choice.several), left: undefined, right: undefined };
  noteNoOperator(name, [left, right], at, analysis);
  // No built-in one: an extension's, which nearly always takes two operands of its own type.
  const own = left[1] && isSameType(left[1], LITERAL) ? right[1] : left[1];
  if (own && !isSameType(own, LITERAL)) {
    for (const [node, type] of [left, right]) if (type && isSameType(type, LITERAL)) coerce(node, own, analysis);
  }
  return { result: own && EXTENSION_RESULTS.get(own.name.name)?.get(name), left: own, right: own };
}

export function prefix(name: string, [node, type]: Operand, analysis: Analysis): TypeRef | undefined {
  const choice = choosePrefixOperator(builtinOperators(name), type, analysis.names);
  if (choice === undefined) noteNoOperator(name, [[node, type]], undefined, analysis);
  if (!choice || 'several' in choice) return choice && agreed(choice.several);
  const settled = settle([choice.one.right], choice.one.result, [type], analysis.names);
  coerce(node, settled.types[0], analysis);
  return settled.result;
}

/** make_scalar_array_op(): `left op ANY (array)` works on the array's elements. */
export function binaryWithArray(
  name: string,
  left: Operand,
  [node, array]: Operand,
  analysis: Analysis,
  at?: Node,
): Applied {
  const isLiteral = array !== undefined && isSameType(array, LITERAL);
  const element = isLiteral ? LITERAL : array && elementOf(array);
  const choice = chooseOperator(builtinOperators(name), left[1], element, analysis.names);
  if (choice === undefined) noteNoOperator(name, [left, [undefined, element]], node ?? at, analysis);
  if (!choice || 'several' in choice) return { result: builtin('bool'), left: undefined, right: undefined };
  const { types } = settle([choice.one.left, choice.one.right], choice.one.result, [left[1], element], analysis.names);
  coerce(left[0], types[0], analysis);
  if (types[1]) coerce(node, arrayOf(types[1]), analysis);
  return { result: builtin('bool'), left: types[0], right: types[1] };
}

/** pgvector's distances and products (docs of pgvector, "Operators"): the ones that expressions calculate with. */
const DISTANCES = new Map(['<->', '<#>', '<=>', '<+>'].map((name) => [name, builtin('float8')]));
const EXTENSION_RESULTS = new Map(['vector', 'halfvec', 'sparsevec'].map((type) => [type, DISTANCES]));

function agreed(operators: readonly Operator[]): TypeRef | undefined {
  const [first, ...rest] = operators;
  return first && rest.every((each) => each.result === first.result) ? first.result : undefined;
}

function apply(operator: Operator, left: Operand, right: Operand, analysis: Analysis): Applied {
  const settled = settle([operator.left, operator.right], operator.result, [left[1], right[1]], analysis.names);
  coerce(left[0], settled.types[0], analysis);
  coerce(right[0], settled.types[1], analysis);
  return { result: settled.result, left: settled.types[0], right: settled.types[1] };
}

/** Notes the type a value gets from its context, and the relation a constant may stand for then. */
export function coerce(node: Node | undefined, type: TypeRef | undefined, analysis: Analysis): void {
  const { names, results } = analysis;
  if (!type || builtinName(type) === 'any') return;
  results.coerce(node, type);
  bindLiteral(node, type, names, results);
  if (node && 'RowExpr' in node) coerceRow(node.RowExpr.args ?? [], type, analysis);
}

/** ROW(…) that becomes a composite type: each value gets its attribute's type (coerce_record_to_complex). */
export function coerceRow(values: readonly Node[], type: TypeRef, analysis: Analysis): void {
  const { schema, name } = type.name;
  const attributes = (analysis.names.relation(schema, name) ?? analysis.names.type(schema, name))?.columns ?? [];
  for (const [at, value] of values.entries()) coerce(value, attributes[at]?.type, analysis);
}
