import type { TypeRef } from '../types/type-ref.ts';
import { type BuiltinType, builtin, builtinCast, builtinType, type CastContext } from './builtin/builtins.ts';
import type { BoundType, NameSource } from './name-source.ts';

/** Yes, no, or undefined: it depends on something that is not known. */
export type Maybe = boolean | undefined;

/** The type of a quoted literal or NULL before its context decides (pg_type: unknown). */
export const LITERAL = builtin('unknown');

/** Whatever the modifiers. */
export function isSameType(a: TypeRef, b: TypeRef): boolean {
  if (a === b) return true;
  if (a.isArray !== b.isArray || a.entity !== b.entity) return false;
  return a.entity !== undefined || (a.name.name === b.name.name && a.name.schema === b.name.schema);
}

export function arrayOf(element: TypeRef): TypeRef {
  return element.isArray ? element : { ...element, isArray: true };
}

export function elementOf(array: TypeRef): TypeRef | undefined {
  if (array.isArray) return { ...array, isArray: false };
  const name = builtinName(array);
  return name === 'int2vector' ? builtin('int2') : name === 'oidvector' ? builtin('oid') : undefined;
}

export function withoutModifiers(type: TypeRef): TypeRef {
  return type.modifiers.length === 0 ? type : { ...type, modifiers: [] };
}

/** The catalog name of a built-in scalar type. */
export function builtinName(type: TypeRef): string | undefined {
  return type.name.schema === 'pg_catalog' && type.entity === undefined && !type.isArray ? type.name.name : undefined;
}

const POLYMORPHIC: ReadonlySet<string> = new Set(
  ['element', 'array', 'nonarray', 'enum', 'range', 'multirange']
    .map((each) => `any${each}`)
    .concat(['', 'array', 'nonarray', 'range', 'multirange'].map((each) => `anycompatible${each}`)),
);

export function isPolymorphic(type: TypeRef): boolean {
  return POLYMORPHIC.has(type.name.name) && builtinName(type) !== undefined;
}

function rowOf(type: TypeRef): BuiltinType | undefined {
  return type.name.schema === 'pg_catalog' ? builtinType(type.name.name) : undefined;
}

function definition(type: TypeRef, names: NameSource): BoundType | undefined {
  return rowOf(type) ? undefined : names.type(type.name.schema, type.name.name);
}

/** getBaseType(): what a domain stands for, through domains over domains; any other type is itself. */
export function baseType(type: TypeRef, names: NameSource): TypeRef {
  let current = type;
  for (let depth = 0; depth < 32 && !current.isArray; depth++) {
    const found = definition(current, names);
    if (found?.kind !== 'domain' || !found.base) break;
    current = found.base;
  }
  return current;
}

const CATEGORIES = { enum: 'E', composite: 'C', range: 'R', base: 'U', unknown: undefined } as const;

/** typcategory (docs, catalog pg_type); undefined where the type is only known by name. */
export function categoryOf(type: TypeRef, names: NameSource): string | undefined {
  if (type.isArray) return 'A';
  const row = rowOf(type);
  if (row) return row.category;
  const base = baseType(type, names);
  if (base !== type) return categoryOf(base, names);
  const kind = definition(type, names)?.kind;
  return kind === undefined || kind === 'domain' ? undefined : CATEGORIES[kind];
}

export function isPreferred(type: TypeRef): boolean {
  return !type.isArray && rowOf(type)?.isPreferred === true;
}

/** typtype in words, undefined where it is not known. */
export function kindOf(type: TypeRef, names: NameSource): BoundType['kind'] | 'pseudo' | 'multirange' | undefined {
  const row = rowOf(type);
  if (row) return row.kind === 'r' ? 'range' : row.kind === 'm' ? 'multirange' : row.kind === 'p' ? 'pseudo' : 'base';
  const kind = definition(type, names)?.kind;
  return kind === 'unknown' ? undefined : kind;
}

/** The subtype of a range type. */
export function subtypeOf(type: TypeRef, names: NameSource): TypeRef | undefined {
  return rowOf(type)?.subtype ?? definition(type, names)?.base;
}

/** can_coerce_type() with an implicit context, for one argument (src/backend/parser/parse_coerce.c). */
export function coerces(from: TypeRef | undefined, to: TypeRef | undefined, names: NameSource): Maybe {
  if (!from || !to) return undefined;
  if (isSameType(from, to)) return true;
  const target = builtinName(to);
  if (target === 'any') return true;
  if (isSameType(from, LITERAL)) return true;
  if (isPolymorphic(to)) return fitsPolymorphic(from, target ?? '', names);
  const source = baseType(from, names);
  const goal = baseType(to, names);
  if (source !== from || goal !== to) return isSameType(source, goal) || coerces(source, goal, names);
  if (from.isArray !== to.isArray) return false;
  if (from.isArray) return coerces({ ...from, isArray: false }, { ...to, isArray: false }, names);
  const known = rowOf(from) && rowOf(to);
  if (known) return builtinCast(from.name.name, to.name.name) === 'i';
  return userTypeCoerces(from, to, names);
}

/**
 * can_coerce_type() for a value that a column is set to: besides the implicit casts those for assignment, and any type becomes one of
 * the string types by its text form (find_coercion_pathway()).
 */
export function assigns(from: TypeRef, to: TypeRef, names: NameSource): Maybe {
  const source = baseType(from, names);
  const goal = baseType(to, names);
  const implicit = coerces(source, goal, names);
  if (implicit === true) return true;
  if (source.isArray && goal.isArray) return assigns({ ...source, isArray: false }, { ...goal, isArray: false }, names);
  const category = categoryOf(goal, names);
  if (category === 'S') return true;
  if (implicit === undefined || category === undefined || categoryOf(source, names) === undefined) return undefined;
  return builtinCastOf(source, goal) === 'a';
}

/** The context of the cast between two built-in scalar types. */
function builtinCastOf(from: TypeRef, to: TypeRef): CastContext | undefined {
  const isBuiltin = !from.isArray && !to.isArray && rowOf(from) !== undefined && rowOf(to) !== undefined;
  return isBuiltin ? builtinCast(from.name.name, to.name.name) : undefined;
}

/** Is there an explicit cast? Strings become anything that can be written, and anything becomes a string. */
export function casts(from: TypeRef, to: TypeRef, names: NameSource): boolean {
  const source = baseType(from, names);
  const goal = baseType(to, names);
  if (assigns(source, goal, names) === true || categoryOf(source, names) === 'S') return true;
  return builtinCastOf(source, goal) !== undefined;
}

const CLOSED = ['enum', 'composite', 'range', 'multirange', 'pseudo'] as const;

/** Enums, composites and ranges have no implicit casts; those of extensions' base types are not known. */
function userTypeCoerces(from: TypeRef, to: TypeRef, names: NameSource): Maybe {
  const kinds = [kindOf(from, names), kindOf(to, names)];
  if (kinds[0] === 'composite' && builtinName(to) === 'record') return true;
  if (kinds[1] === 'composite' && builtinName(from) === 'record') return true;
  return CLOSED.some((kind) => kinds.includes(kind)) ? false : undefined;
}

function fitsPolymorphic(from: TypeRef, target: string, names: NameSource): Maybe {
  const base = baseType(from, names);
  if (target.endsWith('nonarray')) return elementOf(base) === undefined;
  if (target.endsWith('array')) return elementOf(base) !== undefined;
  const kind = base.isArray ? 'base' : kindOf(base, names);
  if (target === 'anyelement' || target === 'anycompatible') return true;
  if (kind === undefined) return undefined;
  if (target.endsWith('multirange')) return kind === 'multirange';
  if (target.endsWith('range')) return kind === 'range';
  return kind === 'enum';
}

/**
 * select_common_type(): the type CASE, COALESCE, VALUES, UNION, IN and ARRAY[…] give their inputs (docs 10.5).
 * Undefined where an input's type is not known.
 */
export function commonType(types: readonly (TypeRef | undefined)[], names: NameSource): TypeRef | undefined {
  const known = types.filter((type): type is TypeRef => type !== undefined);
  if (known.length < types.length || known.length === 0) return undefined;
  const [first] = known;
  if (first && !isSameType(first, LITERAL) && known.every((type) => isSameType(type, first))) {
    const modifiers = first.modifiers.join(',');
    return known.every((type) => type.modifiers.join(',') === modifiers) ? first : withoutModifiers(first);
  }
  const candidates = known.filter((type) => !isSameType(type, LITERAL)).map((type) => baseType(type, names));
  let [chosen] = candidates;
  if (!chosen) return builtin('text');
  for (const next of candidates.slice(1)) {
    if (isSameType(next, chosen)) continue;
    if (categoryOf(next, names) !== categoryOf(chosen, names)) return undefined;
    if (!isPreferred(chosen) && coerces(chosen, next, names) && !coerces(next, chosen, names)) chosen = next;
  }
  return withoutModifiers(chosen);
}
