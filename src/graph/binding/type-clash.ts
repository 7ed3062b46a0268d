import type { Node } from '@pgsql/types';
import { type TypeRef, typeText } from '../types/type-ref.ts';
import type { Analysis } from './analysis.ts';
import type { NameSource } from './name-source.ts';
import { assigns, baseType, casts, categoryOf, coerces, isSameType, kindOf, LITERAL } from './type-system.ts';

/** What Postgres refuses for the types of its parts, all of which are known (docs, chapter 10). */
export interface TypeClash {
  readonly kind: 'operator' | 'function' | 'ambiguous' | 'assignment' | 'common' | 'argument' | 'result';
  /** As the server says it. */
  readonly message: string;
  /** An inner node of the expression at which it stands. */
  readonly node: object;
  /** The operator or function that is looked for, the column that is assigned to, or the construct. */
  readonly name: string;
  /** The values that explicit casts would mend. */
  readonly casts: readonly ValueCast[];
}

export interface ValueCast {
  readonly value: Node;
  readonly to: TypeRef;
}

/** A value and its type; without a node where there is none to point at. */
type Typed = readonly [node: Node | undefined, type: TypeRef | undefined];

/** Those that no extension of the contrib modules gives to built-in types. */
const CLOSED_OPERATORS: ReadonlySet<string> = new Set([
  ...['=', '<>', '<', '>', '<=', '>=', '+', '-', '*', '/', '%', '||'],
  ...['~~', '!~~', '~~*', '!~~*', '~', '!~', '~*', '!~*', '->', '->>', '#>', '#>>', '@>', '<@', '&&'],
]);

/**
 * 42883: no operator of this name takes operands of these types.
 * @param at where it stands, if no operand has a node
 */
export function noteNoOperator(
  name: string,
  operands: readonly Typed[],
  at: Node | undefined,
  analysis: Analysis,
): void {
  if (!CLOSED_OPERATORS.has(name) || operands.some(([, type]) => mayBeExtensions(name, type, analysis.names))) return;
  const types = knownTypes(operands, analysis.names);
  const node = operands.find(([each]) => each !== undefined)?.[0] ?? at;
  if (types === undefined || node === undefined) return;
  const [left = '', right] = types.map(plainText);
  const written = right === undefined ? `${name} ${left}` : `${left} ${name} ${right}`;
  const cast = /^[=<>]+$/.test(name) ? stringCast(operands, analysis.names) : [];
  analysis.results.clash({ kind: 'operator', name, message: `operator does not exist: ${written}`, casts: cast }, node);
}

/** intarray adds and takes away elements of integer[], pg_trgm compares strings by %. */
function mayBeExtensions(name: string, type: TypeRef | undefined, names: NameSource): boolean {
  return name === '%' ? isString(type, names) : (name === '+' || name === '-') && type?.isArray === true;
}

/** A string beside another type: cast to that. */
function stringCast([left, right]: readonly Typed[], names: NameSource): readonly ValueCast[] {
  if (left === undefined || right === undefined) return [];
  const [from, to] = isString(left[1], names) ? [left, right] : [right, left];
  return isString(to[1], names) ? [] : castOf(from, to[1], names);
}

function isString(type: TypeRef | undefined, names: NameSource): boolean {
  return type !== undefined && categoryOf(type, names) === 'S';
}

interface WrittenCall {
  readonly schema?: string | undefined;
  readonly name: string;
  readonly types: readonly (TypeRef | undefined)[];
  readonly argNames: readonly (string | undefined)[];
  readonly node: Node;
}

/** 42883: none of the functions of this name takes arguments of these types. */
export function noteNoFunction(call: WrittenCall, analysis: Analysis): void {
  const signature = signatureOf(call, analysis.names);
  if (signature === undefined) return;
  const message = `function ${signature} does not exist`;
  analysis.results.clash({ kind: 'function', name: call.name, message, casts: [] }, call.node);
}

/** 42725: two functions of one schema take the call, the one or the other with its defaults. */
export function noteTwoFunctions(call: WrittenCall, analysis: Analysis): void {
  const signature = signatureOf(call, analysis.names);
  if (signature === undefined) return;
  const message = `function ${signature} is not unique`;
  analysis.results.clash({ kind: 'ambiguous', name: call.name, message, casts: [] }, call.node);
}

/** func_signature_string(); undefined where a type is not known for certain. */
function signatureOf({ schema, name, types, argNames }: WrittenCall, names: NameSource): string | undefined {
  const known = knownTypes(
    types.map((type) => [undefined, type]),
    names,
  );
  if (known === undefined) return undefined;
  const written = known.map(
    (type, at) => `${argNames[at] === undefined ? '' : `${argNames[at]} => `}${plainText(type)}`,
  );
  return `${schema === undefined ? '' : `${schema}.`}${name}(${written.join(', ')})`;
}

/** 42804: a value that the context wants to have another type (WHERE, AND, ON). */
export function noteWrongArgument(what: string, given: Typed, wanted: TypeRef, analysis: Analysis): void {
  const [node, type] = given;
  if (node === undefined || type === undefined || coerces(type, wanted, analysis.names) !== false) return;
  if (knownTypes([given], analysis.names) === undefined) return;
  const message = `argument of ${what} must be type ${typeText(wanted)}, not type ${plainText(type)}`;
  analysis.results.clash({ kind: 'argument', name: what, message, casts: [] }, node);
}

/**
 * 42804: a value that becomes a column's only by an explicit cast.
 * @param at where it stands, if the value has no node
 */
export function noteWrongAssignment(
  column: { readonly name: string; readonly type?: TypeRef | undefined } | undefined,
  given: Typed,
  analysis: Analysis,
  at?: Node,
): void {
  const [node = at, type] = given;
  const wanted = column?.type;
  if (node === undefined || column === undefined || wanted === undefined || type === undefined) return;
  if (assigns(type, wanted, analysis.names) !== false) return;
  if (knownTypes([given, [undefined, wanted]], analysis.names) === undefined) return;
  const message = `column "${column.name}" is of type ${plainText(wanted)} but expression is of type ${plainText(type)}`;
  const cast = castOf(given, wanted, analysis.names);
  analysis.results.clash({ kind: 'assignment', name: column.name, message, casts: cast }, node);
}

/** 42804: inputs of CASE, COALESCE, ARRAY[…], UNION … that have no type in common. */
export function noteNoCommonType(
  what: string,
  types: readonly (TypeRef | undefined)[],
  node: Node | undefined,
  analysis: Analysis,
): void {
  const { names, results } = analysis;
  const known = types.filter((type) => type !== undefined && !isSameType(type, LITERAL));
  const [first] = known;
  const other = known.find((type) => type && first && categoryOf(type, names) !== categoryOf(first, names));
  if (node === undefined || first === undefined || other === undefined) return;
  if (!isCertain(first, names) || !isCertain(other, names)) return;
  const message = `${what} types ${plainText(first)} and ${plainText(other)} cannot be matched`;
  results.clash({ kind: 'common', name: what, message, casts: [] }, node);
}

/** The one value with the cast that makes it the other's type, if there is one. */
export function castOf([value, type]: Typed, to: TypeRef | undefined, names: NameSource): readonly ValueCast[] {
  return value !== undefined && type !== undefined && to !== undefined && casts(type, to, names) ? [{ value, to }] : [];
}

/** All the types, if each is known for certain. */
function knownTypes(values: readonly Typed[], names: NameSource): readonly TypeRef[] | undefined {
  const types = values.flatMap(([, type]) => (type !== undefined && isCertain(type, names) ? [type] : []));
  return types.length === values.length ? types : undefined;
}

/** A type of which all casts and operators are known: neither an extension's nor a row's, nor one that each call decides. */
export function isCertain(type: TypeRef, names: NameSource): boolean {
  if (isSameType(type, LITERAL)) return true;
  if (type.isUnresolved === true) return false;
  const base = baseType(type, names);
  const element = base.isArray ? baseType({ ...base, isArray: false }, names) : base;
  const kind = kindOf(element, names);
  return kind === 'enum' || (element.name.schema === 'pg_catalog' && kind !== 'pseudo');
}

/** As Postgres names a type in these messages: without modifiers, nor the schema that every search_path has. */
export function plainText(type: TypeRef): string {
  return typeText({ ...type, modifiers: [] }).replace(/^public\./, '');
}
