import { display, type QualifiedName, quoteIdentifier } from '../sql/name.ts';

/** SQL that is spelt already: it goes into a template as it is. */
export interface RawSql {
  readonly raw: string;
}

type Part = string | number | QualifiedName | RawSql | readonly (string | RawSql)[];

export function raw(text: string): RawSql {
  return { raw: text };
}

/**
 * Writes the SQL of a fix: names are quoted where they must be, a list of names gets commas.
 * `sql\`create index on ${table.name} (${columns});\`` with columns ['user_id', 'Order'] gives `create index on public.t (user_id, "Order");`
 * An expression that is SQL already goes in as `raw(text)`.
 */
export function sql(strings: TemplateStringsArray, ...parts: readonly Part[]): string {
  return strings.reduce((text, string, i) => text + spell(parts[i - 1] ?? '') + string);
}

function spell(part: Part): string {
  if (typeof part === 'string') return quoteIdentifier(part);
  if (typeof part === 'number') return String(part);
  if ('raw' in part) return part.raw;
  if ('schema' in part) return display(part);
  return part.map((each) => spell(each)).join(', ');
}
