import type { FuncCall, Node } from '@pgsql/types';
import { writtenName } from '../../sql/nodes.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { Analysis } from './analysis.ts';
import { builtin, builtinFunctions, builtinType } from './builtin/builtins.ts';
import type { Level } from './level.ts';
import { bindLiteral } from './literal.ts';
import type { BoundFunction } from './name-source.ts';
import { choose } from './overload.ts';
import { settle } from './polymorphic.ts';
import { isCertain, noteNoFunction, noteTwoFunctions } from './type-clash.ts';
import { builtinName, elementOf, isSameType } from './type-system.ts';
import { bindWindow } from './window.ts';

interface Candidate {
  readonly function: BoundFunction;
  /** One declared type for each argument of this call, VARIADIC spread out and defaults left out. */
  readonly types: readonly (TypeRef | undefined)[];
}

/** transformFuncCall(): arguments, FILTER, OVER, WITHIN GROUP, and which overload is meant. */
export function bindFuncCall(call: FuncCall, analysis: Analysis, level: Level): TypeRef | undefined {
  const ordered = (call.agg_order ?? []).map((node) => ('SortBy' in node ? node.SortBy.node : node));
  const args = [...(call.args ?? []), ...(call.agg_within_group ? ordered : [])].filter((node) => node !== undefined);
  const types = args.map((arg) => analysis.expression(arg, level));
  if (!call.agg_within_group) for (const node of ordered) analysis.expression(node, level);
  analysis.expression(call.agg_filter, level);
  if (call.over) bindWindow(call.over, analysis, level);
  return resolveCall(call, args, types, analysis);
}

function resolveCall(
  call: FuncCall,
  args: readonly Node[],
  types: readonly (TypeRef | undefined)[],
  analysis: Analysis,
): TypeRef | undefined {
  const { names, results } = analysis;
  const { schema, name } = writtenName(call.funcname);
  const named = namedFunctions(schema, name, analysis);
  if (named.length === 0 && isCastCall(schema, name, args)) return builtin(name);
  const argNames = args.map((arg) => ('NamedArgExpr' in arg ? arg.NamedArgExpr.name : undefined));
  const candidates = named.flatMap((each) => candidate(each, argNames, call.func_variadic === true) ?? []);
  const choice = choose(candidates, types, names);
  const written = { schema, name, types, argNames, node: { FuncCall: call } };
  if (!choice || 'several' in choice) {
    const open = choice ? choice.several.map((each) => each.function) : named;
    const ids = open.flatMap((each) => each.id ?? []);
    // A wrong argument list for a known name is not concluded from: a type, a default or a cast may not be known.
    if (named.length === 0) results.unresolved.push({ kind: 'function', schema, name, node: call, reason: 'unknown' });
    // date('…'::text) is a cast, if no function takes a text (func_get_detail()).
    else if (choice === undefined && !(args.length === 1 && builtinType(name)) && isListKnown(candidates, analysis))
      noteNoFunction(written, analysis);
    else if (choice !== undefined && areAllTwins(choice.several)) noteTwoFunctions(written, analysis);
    else if (ids.length > 0)
      results.unresolved.push({ kind: 'function', schema, name, node: call, reason: 'ambiguous', candidates: ids });
    return agreedResult(open);
  }
  if (candidates.some((each) => each !== choice.one && areTwins(each, choice.one))) noteTwoFunctions(written, analysis);
  return useFunction(call, args, types, choice.one, (call.funcname ?? []).length - 1, analysis);
}

/**
 * Do they take this call alike, and neither comes before the other on the search_path? FuncnameGetCandidates() gives both up then.
 */
function areTwins(a: Candidate, b: Candidate): boolean {
  const [one, other] = [a.function, b.function];
  if (one.id === undefined || other.id === undefined || one.name.schema !== other.name.schema) return false;
  if ([...one.arguments, ...other.arguments].some(({ variadic }) => variadic)) return false;
  return a.types.every((type, at) => {
    const twin = b.types[at];
    return type !== undefined && twin !== undefined && isSameType(type, twin);
  });
}

function areAllTwins([first, ...others]: readonly Candidate[]): boolean {
  return first !== undefined && others.every((each) => areTwins(first, each));
}

/** Are all types known that they declare? */
function isListKnown(candidates: readonly Candidate[], { names }: Analysis): boolean {
  return candidates.every(({ types }) =>
    types.every((type) => type && (type.name.schema === 'pg_catalog' || isCertain(type, names))),
  );
}

function useFunction(
  call: FuncCall,
  args: readonly Node[],
  types: readonly (TypeRef | undefined)[],
  { function: called, types: declared }: Candidate,
  field: number,
  { names, results }: Analysis,
): TypeRef | undefined {
  const settled = settle(declared, called.returns, types, names);
  results.mean(call, { kind: 'call', function: called, argumentTypes: settled.types });
  results.refer(call, 'function', called.id, { field });
  for (const [at, arg] of args.entries()) {
    const type = settled.types[at];
    const value = 'NamedArgExpr' in arg ? arg.NamedArgExpr.arg : arg;
    if (type && builtinName(type) !== 'any') {
      results.coerce(value, type);
      bindLiteral(value, type, names, results);
    }
  }
  return settled.result;
}

/** The built-in functions of this name before the others, unless another schema is named. */
function namedFunctions(schema: string | undefined, name: string, { names }: Analysis): readonly BoundFunction[] {
  const own = schema === undefined || schema === 'pg_catalog' ? builtinFunctions(name) : [];
  if (schema === 'pg_catalog' && own.length > 0) return own;
  const others = names.functions(schema, name);
  return [...own, ...others.filter((each) => each.name.schema !== 'pg_catalog' || own.length === 0)];
}

/** `int4(x)`, `text(x)`: a type's name called like a function. */
function isCastCall(schema: string | undefined, name: string, args: readonly Node[]): boolean {
  return args.length === 1 && (schema === undefined || schema === 'pg_catalog') && TYPE_CALLS.has(name);
}

const TYPE_CALLS: ReadonlySet<string> = new Set([
  'json',
  'uuid',
  'bytea',
  'tsvector',
  'tsquery',
  'regclass',
  'regtype',
  'jsonpath',
]);

/** The result that all overloads share. */
function agreedResult(functions: readonly BoundFunction[]): TypeRef | undefined {
  const [first, ...rest] = functions;
  return first && rest.every((each) => each.returns === first.returns) ? first.returns : undefined;
}

/** MatchNamedCall() and FuncnameGetCandidates(): the declared types for this call's arguments; undefined if they do not fit. */
function candidate(
  called: BoundFunction,
  argNames: readonly (string | undefined)[],
  isVariadicCall: boolean,
): Candidate | undefined {
  const { arguments: declared, defaults } = called;
  const required = declared.length - defaults;
  const last = declared.at(-1);
  if (last?.variadic && !isVariadicCall && argNames.length >= declared.length) {
    const spread = last.type && (builtinName(last.type) === 'any' ? last.type : elementType(last.type));
    const types = argNames.map((_, at) => (at < declared.length - 1 ? declared[at]?.type : spread));
    return { function: called, types };
  }
  if (argNames.length > declared.length || (argNames.length < required && !argNames.some(Boolean))) return undefined;
  const types: (TypeRef | undefined)[] = [];
  for (const [at, argName] of argNames.entries()) {
    const position = argName === undefined ? at : declared.findIndex((each) => each.name === argName);
    if (position < 0) return undefined;
    types.push(declared[position]?.type);
  }
  return { function: called, types };
}

const POLYMORPHIC_ELEMENTS: ReadonlyMap<string, TypeRef> = new Map([
  ['anyarray', builtin('anyelement')],
  ['anycompatiblearray', builtin('anycompatible')],
]);

function elementType(array: TypeRef): TypeRef | undefined {
  return POLYMORPHIC_ELEMENTS.get(builtinName(array) ?? '') ?? elementOf(array);
}
