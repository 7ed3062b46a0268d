import type { QualifiedName } from '../../../sql/name.ts';
import type { TypeRef } from '../../types/type-ref.ts';
import type { BoundArgument, BoundFunction } from '../name-source.ts';
import { CASTS, FUNCTIONS, OPERATORS, TYPES } from './builtin-data.ts';

/** A built-in type's row in pg_type: typtype, typcategory, typispreferred; subtype and multirange of a range. */
export interface BuiltinType {
  readonly kind: string;
  readonly category: string;
  readonly isPreferred: boolean;
  readonly subtype?: TypeRef | undefined;
  readonly multirange?: TypeRef | undefined;
}

export interface Operator {
  /** Absent for a prefix operator. */
  readonly left?: TypeRef | undefined;
  readonly right: TypeRef;
  readonly result: TypeRef;
}

export type CastContext = 'i' | 'a' | 'e';

const interned = new Map<string, TypeRef>();

/** The reference to a built-in type by its catalog name; `int4[]` for an array. The same object each time. */
export function builtin(spelling: string): TypeRef {
  const found = interned.get(spelling);
  if (found) return found;
  const isArray = spelling.endsWith('[]');
  const name = isArray ? spelling.slice(0, -2) : spelling;
  const type: TypeRef = { name: { schema: 'pg_catalog', name }, isArray, modifiers: [] };
  interned.set(spelling, type);
  return type;
}

const tables = {
  types: lazy(() => new Map(lines(TYPES).map((line) => [line[0] ?? '', typeRow(line)]))),
  functions: lazy(() => new Map(lines(FUNCTIONS).map(([name = '', signatures = '']) => [name, signatures]))),
  operators: lazy(operatorTable),
  casts: lazy(castTable),
  read: new Map<string, readonly BoundFunction[]>(),
};

function lazy<T>(make: () => T): () => T {
  const cell: { value?: T } = {};
  return () => {
    cell.value ??= make();
    return cell.value;
  };
}

function lines(text: string): string[][] {
  return text.split('\n').map((line) => line.split(' '));
}

function typeRow([, kind = '', category = '', preferred, subtype, multirange]: string[]): BuiltinType {
  return {
    kind,
    category,
    isPreferred: preferred === 'p',
    subtype: subtype ? builtin(subtype) : undefined,
    multirange: multirange ? builtin(multirange) : undefined,
  };
}

function operatorTable(): ReadonlyMap<string, readonly Operator[]> {
  const table = new Map<string, Operator[]>();
  for (const [name = '', left = '', right = '', result = ''] of lines(OPERATORS)) {
    const list = table.get(name) ?? [];
    list.push({ left: left === '-' ? undefined : builtin(left), right: builtin(right), result: builtin(result) });
    table.set(name, list);
  }
  return table;
}

function castTable(): ReadonlyMap<string, ReadonlyMap<string, CastContext>> {
  const table = new Map<string, Map<string, CastContext>>();
  for (const [from = '', to = '', context] of lines(CASTS)) {
    const targets = table.get(from) ?? new Map<string, CastContext>();
    table.set(from, targets.set(to, context as CastContext));
  }
  return table;
}

/** The catalog row of a built-in scalar type, by its catalog name. */
export function builtinType(name: string): BuiltinType | undefined {
  return tables.types().get(name);
}

const NO_OPERATORS: readonly Operator[] = [];

export function builtinOperators(name: string): readonly Operator[] {
  return tables.operators().get(name) ?? NO_OPERATORS;
}

/** The context of pg_cast's row between two built-in types spelt as in the catalog (`int4`, `text`). */
export function builtinCast(from: string, to: string): CastContext | undefined {
  return tables.casts().get(from)?.get(to);
}

export function builtinFunctions(name: string): readonly BoundFunction[] {
  const known = tables.read.get(name);
  if (known) return known;
  const signatures = tables.functions().get(name);
  if (signatures === undefined) return [];
  const list = signatures.split(';').map((signature) => readSignature({ schema: 'pg_catalog', name }, signature));
  tables.read.set(name, list);
  return list;
}

const KINDS = { a: 'aggregate', w: 'window', p: 'procedure' } as const;
const VOLATILITIES = { s: 'stable', v: 'volatile' } as const;

/** The form is described at FUNCTIONS in the data file. */
const SIGNATURE = /^([^~>]*)(?:~(\d+))?>(%)?([^/!{]+)(?:\/([awp]))?(?:!([sv]))?(?:\{(.*)\})?$/;

/** The function that a signature in the form of FUNCTIONS describes; `typeOf` reads the types in it. */
export function readSignature(
  name: QualifiedName,
  signature: string,
  typeOf: (spelling: string) => TypeRef = builtin,
): BoundFunction {
  const [, inputs = '', defaults = '0', set, result = '', kind, volatility, columns] = SIGNATURE.exec(signature) ?? [];
  return {
    name,
    kind: kind ? KINDS[kind as keyof typeof KINDS] : 'function',
    arguments: inputs === '' ? [] : inputs.split(',').map((input) => readArgument(input, typeOf)),
    defaults: Number(defaults),
    returns: typeOf(result),
    returnsSet: set !== undefined,
    columns: columns?.split(',').map((column) => {
      const [columnName = '', type = ''] = column.split(':');
      return { name: columnName, type: typeOf(type) };
    }),
    volatility: volatility ? VOLATILITIES[volatility as keyof typeof VOLATILITIES] : 'immutable',
  };
}

function readArgument(text: string, typeOf: (spelling: string) => TypeRef): BoundArgument {
  const [, name, star, type = ''] = /^(?:(.*):)?(\*)?(.+)$/.exec(text) ?? [];
  return { name, type: typeOf(type), variadic: star !== undefined };
}
