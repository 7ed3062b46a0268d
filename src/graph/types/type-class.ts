import type { SchemaGraph } from '../schema-graph.ts';
import type { TypeRef } from './type-ref.ts';

/** What kind of values a type holds, as far as rules ask; `other` for the rest (uuid, inet, user-defined …). */
export type TypeClass =
  | 'text'
  | 'integer'
  | 'decimal'
  | 'float'
  | 'money'
  | 'boolean'
  | 'timestamp'
  | 'timestamptz'
  | 'date'
  | 'time'
  | 'interval'
  | 'json'
  | 'uuid'
  | 'enum'
  | 'vector'
  | 'array'
  | 'other';

const CLASSES: ReadonlyMap<string, TypeClass> = new Map([
  ...of('text', 'text varchar bpchar name char'),
  ...of('integer', 'int2 int4 int8'),
  ...of('decimal', 'numeric'),
  ...of('float', 'float4 float8'),
  ...of('money', 'money'),
  ...of('boolean', 'bool'),
  ...of('timestamp', 'timestamp'),
  ...of('timestamptz', 'timestamptz'),
  ...of('date', 'date'),
  ...of('time', 'time timetz'),
  ...of('interval', 'interval'),
  ...of('json', 'json jsonb'),
  ...of('uuid', 'uuid'),
]);

function of(kind: TypeClass, names: string): (readonly [string, TypeClass])[] {
  return names.split(' ').map((name) => [name, kind] as const);
}

/** Types of extensions, known by name as extensions may live in any schema. */
const EXTENSION_CLASSES: ReadonlyMap<string, TypeClass> = new Map([
  ['citext', 'text'],
  ['vector', 'vector'],
  ['halfvec', 'vector'],
  ['sparsevec', 'vector'],
]);

/** What is stored: the type itself, or what a domain (over any number of domains) is made of. */
export function storedType(graph: SchemaGraph, type: TypeRef | null): TypeRef | null {
  let current = type;
  for (let depth = 0; depth < 32 && current?.entity !== undefined && !current.isArray; depth++) {
    const domain = graph.find(current.entity);
    if (domain?.kind !== 'domain') return current;
    current = domain.base;
  }
  return current;
}

/** Undefined where the type is not known. */
export function typeClass(graph: SchemaGraph, type: TypeRef | null): TypeClass | undefined {
  const stored = storedType(graph, type);
  if (stored === null) return undefined;
  if (stored.isArray) return 'array';
  if (stored.name.schema === 'pg_catalog') return CLASSES.get(stored.name.name) ?? 'other';
  const byName = EXTENSION_CLASSES.get(stored.name.name);
  if (byName !== undefined) return byName;
  if (stored.isUnresolved) return undefined;
  const entity = stored.entity === undefined ? undefined : graph.find(stored.entity);
  return entity?.kind === 'enumType' ? 'enum' : 'other';
}

/** A number of any kind, or an amount of money. */
export function isNumeric(graph: SchemaGraph, type: TypeRef | null): boolean {
  const kind = typeClass(graph, type);
  return kind === 'integer' || kind === 'decimal' || kind === 'float' || kind === 'money';
}

/** A day, perhaps with a time of day. */
export function isMoment(graph: SchemaGraph, type: TypeRef | null): boolean {
  const kind = typeClass(graph, type);
  return kind === 'timestamp' || kind === 'timestamptz' || kind === 'date';
}

/** Is the type known by a name that compares without case (citext)? */
export function isCaseInsensitive(graph: SchemaGraph, type: TypeRef | null): boolean {
  const stored = storedType(graph, type);
  return stored !== null && !stored.isArray && stored.name.name === 'citext';
}
