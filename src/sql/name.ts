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

/** Keywords that cannot stand bare as a column's or a table's name (Postgres docs, appendix C: reserved, with or without "can be function or type"). */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
  concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full
  grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime
  localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right
  select session_user similar some symmetric system_user table tablesample then to trailing true union unique user using
  variadic verbose when where window with`.split(/\s+/),
);

/** Keywords that can, but need quotes in some other position (appendix C: "cannot be function or type"). */
const SOMETIMES_RESERVED = new Set(
  `between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping inout int integer
  interval json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
  json_table json_value least merge_action national nchar none normalize nullif numeric out overlay position precision real
  row setof smallint substring time timestamp treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists
  xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`.split(/\s+/),
);

/** Is it a keyword that has to be quoted to be a column's or a table's name: `order`, `user`? */
export function isReserved(name: string): boolean {
  return RESERVED.has(name);
}

/** The identifier as SQL: bare where that reads back as the same name, else in double quotes. */
export function quoteIdentifier(name: string): string {
  return PLAIN.test(name) && !RESERVED.has(name) && !SOMETIMES_RESERVED.has(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

/** The name as a part of a regular expression. */
export function patternOf(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** What a word of SQL is made of. */
const LETTER = '[\\p{L}\\p{N}_$]';
const WORDS = new RegExp(`${LETTER}+`, 'gu');
const WORD = new RegExp(`^${LETTER}+$`, 'u');

/** The name as a word of its own, in any case. */
export function wordPattern(name: string): RegExp {
  return new RegExp(`(?<!${LETTER})${patternOf(name)}(?!${LETTER})`, 'iu');
}

/** Is the name one word, that `wordsIn` would give? */
export function isWord(name: string): boolean {
  return WORD.test(name);
}

/** The words of a text, names and all else: who looks for many of them asks these and not `wordPattern` for each. */
export function wordsIn(text: string): readonly string[] {
  return text.match(WORDS) ?? [];
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
