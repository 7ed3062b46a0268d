import type { TypeRef } from '../types/type-ref.ts';
import { builtin } from './builtin/builtins.ts';
import type { NameSource } from './name-source.ts';
import {
  arrayOf,
  baseType,
  builtinName,
  commonType,
  elementOf,
  isPolymorphic,
  isSameType,
  LITERAL,
  type Maybe,
  subtypeOf,
  withoutModifiers,
} from './type-system.ts';

export interface Settled {
  /** What each argument is coerced to; undefined where that is not known. */
  readonly types: readonly (TypeRef | undefined)[];
  readonly result: TypeRef | undefined;
}

/** enforce_generic_type_consistency(): the actual types of a polymorphic signature (docs 36.2.5). */
export function settle(
  declared: readonly (TypeRef | undefined)[],
  result: TypeRef | undefined,
  actual: readonly (TypeRef | undefined)[],
  names: NameSource,
): Settled {
  if (!declared.some(isAny) && !isAny(result)) return { types: declared, result };
  const families = { any: family(declared, actual, names, false), compatible: family(declared, actual, names, true) };
  const settleOne = (type: TypeRef | undefined, at?: number): TypeRef | undefined => {
    if (!type || !isPolymorphic(type)) return type;
    const name = builtinName(type) ?? '';
    const element = name.startsWith('anycompatible') ? families.compatible : families.any;
    const own = at === undefined ? undefined : actual[at];
    if (name.endsWith('range'))
      return own && !isSameType(own, LITERAL) ? baseType(own, names) : rangeAmong(declared, actual, name, names);
    if (!element) return undefined;
    return name.endsWith('array') && !name.endsWith('nonarray') ? arrayOf(element) : element;
  };
  return { types: declared.map((type, at) => settleOne(type, at)), result: settleOne(result) };
}

function isAny(type: TypeRef | undefined): boolean {
  return type !== undefined && isPolymorphic(type);
}

/** The element type of one family of polymorphic parameters (anyelement…, or anycompatible…). */
function family(
  declared: readonly (TypeRef | undefined)[],
  actual: readonly (TypeRef | undefined)[],
  names: NameSource,
  isCompatible: boolean,
): TypeRef | undefined {
  const elements = elementsOf(declared, actual, names, isCompatible);
  if (elements.length === 0) return isCompatible ? builtin('text') : undefined;
  const found = isCompatible ? commonType(elements, names) : elements.find((each) => each !== undefined);
  return found && withoutModifiers(found);
}

/** What each argument of the family says its element type is; untyped literals say nothing. */
function elementsOf(
  declared: readonly (TypeRef | undefined)[],
  actual: readonly (TypeRef | undefined)[],
  names: NameSource,
  isCompatible: boolean,
): readonly (TypeRef | undefined)[] {
  const elements: (TypeRef | undefined)[] = [];
  for (const [at, type] of declared.entries()) {
    const name = type && isPolymorphic(type) ? (builtinName(type) ?? '') : '';
    if (name === '' || name.startsWith('anycompatible') !== isCompatible) continue;
    const given = actual[at];
    if (given && isSameType(given, LITERAL)) continue;
    if (!given) elements.push(undefined);
    else if (name.endsWith('range')) elements.push(subtypeOf(baseType(given, names), names));
    else if (name.endsWith('array') && !name.endsWith('nonarray')) elements.push(elementOf(baseType(given, names)));
    else elements.push(given);
  }
  return elements;
}

/** check_generic_type_consistency(): whether the arguments agree on the types; undefined where one is not known. */
export function agree(
  declared: readonly (TypeRef | undefined)[],
  actual: readonly (TypeRef | undefined)[],
  names: NameSource,
): Maybe {
  if (!declared.some(isAny)) return true;
  const any = elementsOf(declared, actual, names, false);
  const compatible = elementsOf(declared, actual, names, true);
  if ([...any, ...compatible].includes(undefined)) return undefined;
  const [first] = any;
  if (first && !any.every((each) => each && isSameType(each, first))) return false;
  return compatible.length === 0 || commonType(compatible, names) !== undefined;
}

function rangeAmong(
  declared: readonly (TypeRef | undefined)[],
  actual: readonly (TypeRef | undefined)[],
  name: string,
  names: NameSource,
): TypeRef | undefined {
  const at = declared.findIndex(
    (type, i) => type && builtinName(type) === name && actual[i] && !isSameType(actual[i] ?? LITERAL, LITERAL),
  );
  const found = actual[at];
  return found && baseType(found, names);
}
