import { commentsOf } from '../sql/comments.ts';
import type { EntityBase } from './entities/entity-base.ts';

/**
 * The lines right above an object that hold nothing but a comment, as one text; of one that begins its own line (a column, the statement of a policy).
 * A policy that is made anew may have the statement that drops it between (`drop policy if exists …`). Empty for none.
 */
export function remarkAbove(
  { origin, name }: Pick<EntityBase<string>, 'origin'> & { readonly name?: string },
  texts: ReadonlyMap<string, string>,
): string {
  if (origin.from !== 'statement') return '';
  const before = (texts.get(origin.at.file) ?? '').slice(0, origin.at.start);
  return remarkAtEnd(before) || remarkAtEnd(name === undefined ? '' : withoutDrop(before, name));
}

function remarkAtEnd(text: string): string {
  const lines = text.split('\n');
  if (lines.pop()?.trim() !== '') return '';
  const above = lines.slice(lines.findLastIndex((line) => !/^\s*--/.test(line)) + 1);
  return above.map((line) => commentsOf(line)[0]?.text ?? '').join(' ');
}

/** What stands before `drop policy if exists NAME on …;` where the text ends with that; else nothing. */
function withoutDrop(text: string, name: string): string {
  const lines = text.trimEnd().split('\n');
  const first = lines.findLastIndex((line) => /^\s*drop\s+policy\b/i.test(line));
  const statement = first < 0 ? '' : lines.slice(first).join(' ');
  const dropped = /^\s*drop\s+policy\s+(?:if\s+exists\s+)?("(?:[^"]|"")+"|\w+)\s+on\s+[^;]+;$/i.exec(statement)?.[1];
  return dropped !== undefined && nameFrom(dropped) === name ? `${lines.slice(0, first).join('\n')}\n` : '';
}

/** A name as it is written in SQL. */
function nameFrom(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}
