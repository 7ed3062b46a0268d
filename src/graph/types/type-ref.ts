import { display, type QualifiedName, quoteIdentifier } from '../../sql/name.ts';
import type { EntityId } from '../entity-id.ts';

/** The type of a column, parameter, domain or attribute. */
export interface TypeRef {
  /** Postgres' internal name: pg_catalog.int4, pg_catalog.varchar, public.order_status, extensions.vector. Kept current by the graph for entities. */
  readonly name: QualifiedName;
  /** The user's, platform's or extension's type (or the table whose row type it is); absent for a built-in one. */
  readonly entity?: EntityId;
  readonly isArray: boolean;
  /** Type modifiers as written, in order: numeric(10,6) has '10' and '6'; interval fields as one word ('day to second'). */
  readonly modifiers: readonly string[];
  /** Set where nothing the replay knows has this name: nothing may be concluded from it. */
  readonly isUnresolved?: true;
}

/** How format_type() spells the built-in types (docs 8, table 8.1). */
const SPELLED: ReadonlyMap<string, string> = new Map([
  ['int2', 'smallint'],
  ['int4', 'integer'],
  ['int8', 'bigint'],
  ['float4', 'real'],
  ['float8', 'double precision'],
  ['bool', 'boolean'],
  ['varchar', 'character varying'],
  ['bpchar', 'character'],
  ['timestamptz', 'timestamp with time zone'],
  ['timestamp', 'timestamp without time zone'],
  ['timetz', 'time with time zone'],
  ['time', 'time without time zone'],
  ['varbit', 'bit varying'],
]);

/** The type as format_type() prints it with an empty search_path: `character varying(20)`, `public.order_status[]`. */
export function typeText(type: TypeRef): string {
  return `${scalarText(type)}${type.isArray ? '[]' : ''}`;
}

function scalarText({ name, modifiers }: TypeRef): string {
  const builtIn = name.schema === 'pg_catalog';
  if (builtIn && name.name === 'interval' && modifiers.length > 0) return intervalText(modifiers);
  const suffix = modifiers.length > 0 ? `(${modifiers.join(',')})` : '';
  if (!builtIn) return `${display(name)}${suffix}`;
  const spelled = SPELLED.get(name.name);
  if (spelled === undefined) return `${name.name === 'char' ? '"char"' : quoteBuiltIn(name.name)}${suffix}`;
  const [head = spelled, ...rest] = spelled.split(' ');
  const timed = name.name.startsWith('time');
  return timed && suffix !== '' ? `${head}${suffix} ${rest.join(' ')}` : `${spelled}${suffix}`;
}

const BARE = new Set(['bit', 'numeric', 'interval', 'json']);

function quoteBuiltIn(name: string): string {
  return BARE.has(name) ? name : quoteIdentifier(name);
}

function intervalText(modifiers: readonly string[]): string {
  const precision = modifiers.find((each) => /^\d+$/.test(each));
  const fields = modifiers.find((each) => !/^\d+$/.test(each));
  return `interval${fields ? ` ${fields}` : ''}${precision === undefined ? '' : `(${precision})`}`;
}

export function isBuiltIn(type: TypeRef | null, ...names: readonly string[]): boolean {
  return type !== null && type.name.schema === 'pg_catalog' && !type.isArray && names.includes(type.name.name);
}

/** Same type for Postgres, modifiers included. */
export function sameType(a: TypeRef, b: TypeRef): boolean {
  const sameBase =
    a.entity !== undefined || b.entity !== undefined
      ? a.entity === b.entity
      : a.name.name === b.name.name && a.name.schema === b.name.schema;
  return sameBase && a.isArray === b.isArray && a.modifiers.join(',') === b.modifiers.join(',');
}
