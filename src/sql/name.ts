import { utf8Length } from './utf8.ts';

/**
 * Names as Postgres keeps them: already folded to lower case unless they were quoted, cut to 63 bytes, never escaped.
 * Spelling a name in SQL is the job of `quoteIdentifier` and `display` alone.
 * Source: Postgres docs, 4.1.1 "Identifiers and Key Words".
 */
export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

/** NAMEDATALEN - 1: longer identifiers are cut to this many bytes (Postgres docs 4.1.1). */
export const MAX_IDENTIFIER_BYTES = 63;

const PLAIN = /^[a-z_][a-z0-9_$]*$/;

/**
 * Keywords that cannot stand bare as a column or table name, or that need quotes in some position
 * (Postgres docs, appendix C: reserved, "reserved (can be function or type)" and "cannot be function or type").
 */
const KEYWORDS = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char
  character check coalesce collate collation column concurrently constraint create cross current_catalog current_date
  current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do
  else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in
  initially inner inout int integer intersect interval into is isnull join json json_array json_arrayagg json_exists
  json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left like
  limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
  only or order out outer overlaps overlay placing position precision primary real references returning right row select
  session_user setof similar smallint some substring symmetric system_user table tablesample then time timestamp to trailing
  treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
  xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`.split(/\s+/),
);

/** The identifier as SQL: bare where that reads back as the same name, else in double quotes. */
export function quoteIdentifier(name: string): string {
  return PLAIN.test(name) && !KEYWORDS.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** The value as an SQL string literal. Backslashes stay as they are (standard_conforming_strings is on). */
export function quoteLiteral(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A qualified name as SQL: `public.orders`, `"Weird Schema"."order"`. */
export function display(name: QualifiedName): string {
  return `${quoteIdentifier(name.schema)}.${quoteIdentifier(name.name)}`;
}

export function sameName(a: QualifiedName, b: QualifiedName): boolean {
  return a.name === b.name && a.schema === b.schema;
}

/** Cuts an identifier to so many bytes, by default 63, without splitting a character, as the server's parser does. */
export function truncateIdentifier(name: string, maximum: number = MAX_IDENTIFIER_BYTES): string {
  if (utf8Length(name) <= maximum) return name;
  const bytes = new TextEncoder().encode(name);
  let end = maximum;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
