import type { TypeRef } from '../types/type-ref.ts';
import type { Operator } from './builtin/builtins.ts';
import type { NameSource } from './name-source.ts';
import { agree } from './polymorphic.ts';
import { baseType, categoryOf, coerces, isPreferred, isSameType, LITERAL } from './type-system.ts';

export interface Signature {
  readonly types: readonly (TypeRef | undefined)[];
}

/** The one that fits, several that may (a type is not known), or none. */
export type Choice<T> = { readonly one: T } | { readonly several: readonly T[] } | undefined;

type Inputs = readonly (TypeRef | undefined)[];

/** func_match_argtypes() and func_select_candidate() after the look for an exact match (docs 10.2 and 10.3). */
export function choose<T extends Signature>(candidates: readonly T[], inputs: Inputs, names: NameSource): Choice<T> {
  const exact = candidates.find(({ types }) => areSame(types, inputs));
  if (exact && inputs.every((input) => input !== undefined)) return { one: exact };
  const fitting = candidates.filter(
    ({ types }) => mayCoerce(inputs, types, names) && agree(types, inputs, names) !== false,
  );
  const [first] = fitting;
  if (!first) return undefined;
  if (fitting.length === 1) return { one: first };
  const isOpen = fitting.some((each) => each.types.some((type, at) => coerces(inputs[at], type, names) === undefined));
  if (isOpen) return { several: fitting };
  const best = selectCandidate(fitting, inputs as readonly TypeRef[], names);
  return best ? { one: best } : { several: fitting };
}

// Called for each of the dozens of operators of a name: loops, because a function made for each would cost more than it does.

function areSame(types: Inputs, inputs: Inputs): boolean {
  for (let at = 0; at < types.length; at++) if (!same(types[at], inputs[at])) return false;
  return true;
}

function areAll(types: Inputs, wanted: TypeRef): boolean {
  for (const type of types) if (!same(type, wanted)) return false;
  return true;
}

function mayCoerce(inputs: Inputs, types: Inputs, names: NameSource): boolean {
  for (let at = 0; at < types.length; at++) if (coerces(inputs[at], types[at], names) === false) return false;
  return true;
}

function same(a: TypeRef | undefined, b: TypeRef | undefined): boolean {
  return a !== undefined && b !== undefined && isSameType(a, b);
}

function selectCandidate<T extends Signature>(
  fitting: readonly T[],
  given: readonly TypeRef[],
  names: NameSource,
): T | undefined {
  const inputs = given.map((input) => baseType(input, names));
  const isLiteral = inputs.map((input) => isSameType(input, LITERAL));
  let left = best(fitting, (each) => count(inputs, (input, at) => !isLiteral[at] && same(each.types[at], input)));
  if (left.length === 1) return left[0];
  const categories = inputs.map((input) => categoryOf(input, names));
  const isNearer = (type: TypeRef | undefined, at: number) =>
    !isLiteral[at] &&
    type !== undefined &&
    (same(type, inputs[at]) || (isPreferred(type) && categoryOf(type, names) === categories[at]));
  left = best(left, (each) => count(inputs, (_, at) => isNearer(each.types[at], at)));
  if (left.length === 1 || !isLiteral.includes(true)) return left.length === 1 ? left[0] : undefined;
  left = byLiteralCategory(left, isLiteral, names);
  if (left.length === 1) return left[0];
  return byKnownInput(left, inputs, isLiteral, names);
}

function count(inputs: readonly TypeRef[], test: (input: TypeRef, at: number) => boolean): number {
  return inputs.filter(test).length;
}

/** Those with the highest score; all, where every score is 0. */
function best<T>(list: readonly T[], score: (each: T) => number): readonly T[] {
  const scores = list.map(score);
  const top = Math.max(...scores);
  return list.filter((_, at) => scores[at] === top);
}

/** Docs 10.3, step 4e: literals take the string category if any candidate does, else the one all candidates agree on. */
function byLiteralCategory<T extends Signature>(
  list: readonly T[],
  isLiteral: readonly boolean[],
  names: NameSource,
): readonly T[] {
  const wanted = new Map<number, { category: string | undefined; preferred: boolean }>();
  for (const [at, literal] of isLiteral.entries()) {
    if (!literal) continue;
    const types = list.map((each) => each.types[at]);
    const categories = types.map((type) => type && categoryOf(type, names));
    const category = categories.includes('S') ? 'S' : categories[0];
    if (category !== 'S' && categories.some((each) => each !== category)) return list;
    const preferred = types.some((type, i) => type !== undefined && categories[i] === category && isPreferred(type));
    wanted.set(at, { category, preferred });
  }
  const kept = list.filter((each) =>
    [...wanted].every(([at, want]) => {
      const type = each.types[at];
      return type !== undefined && categoryOf(type, names) === want.category && (!want.preferred || isPreferred(type));
    }),
  );
  return kept.length > 0 ? kept : list;
}

/** Docs 10.3, step 4f: the literals are taken for the one type that all other inputs have. */
function byKnownInput<T extends Signature>(
  list: readonly T[],
  inputs: readonly TypeRef[],
  isLiteral: readonly boolean[],
  names: NameSource,
): T | undefined {
  const known = inputs.filter((_, at) => !isLiteral[at]);
  const [first] = known;
  if (!first || !known.every((input) => isSameType(input, first))) return undefined;
  const kept = list.filter((each) => each.types.every((type) => coerces(first, type, names)));
  return kept.length === 1 ? kept[0] : undefined;
}

interface OperatorSignature extends Signature {
  readonly operator: Operator;
}

interface OperatorSignatures {
  readonly binary: readonly OperatorSignature[];
  readonly prefix: readonly OperatorSignature[];
}

const signaturesOf = new WeakMap<readonly Operator[], OperatorSignatures>();

function signatures(candidates: readonly Operator[]): OperatorSignatures {
  const known = signaturesOf.get(candidates);
  if (known) return known;
  const made = {
    binary: candidates.flatMap((operator) =>
      operator.left ? [{ operator, types: [operator.left, operator.right] }] : [],
    ),
    prefix: candidates.flatMap((operator) => (operator.left ? [] : [{ operator, types: [operator.right] }])),
  };
  signaturesOf.set(candidates, made);
  return made;
}

/** oper(): the operator of this name for two operands, an untyped literal first taken for the other side's type. */
export function chooseOperator(
  candidates: readonly Operator[],
  left: TypeRef | undefined,
  right: TypeRef | undefined,
  names: NameSource,
): Choice<Operator> {
  const { binary } = signatures(candidates);
  if (left && right) {
    const other = isSameType(left, LITERAL) ? right : left;
    const isTaken = isSameType(left, LITERAL) || isSameType(right, LITERAL) || isSameType(left, right);
    const exact = isTaken ? (ofOneType(binary, other) ?? ofOneType(binary, baseType(other, names))) : undefined;
    if (exact) return { one: exact.operator };
  }
  return unwrap(choose(binary, [left, right], names));
}

export function choosePrefixOperator(
  candidates: readonly Operator[],
  operand: TypeRef | undefined,
  names: NameSource,
): Choice<Operator> {
  const { prefix } = signatures(candidates);
  const exact = operand && ofOneType(prefix, baseType(operand, names));
  return exact ? { one: exact.operator } : unwrap(choose(prefix, [operand], names));
}

/** The operator whose operands all have this type. */
function ofOneType(candidates: readonly OperatorSignature[], type: TypeRef): OperatorSignature | undefined {
  for (const each of candidates) if (areAll(each.types, type)) return each;
  return undefined;
}

function unwrap(choice: Choice<OperatorSignature>): Choice<Operator> {
  if (!choice) return undefined;
  return 'one' in choice ? { one: choice.one.operator } : { several: choice.several.map((each) => each.operator) };
}
