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
  const text = texts.get(origin.at.file) ?? '';
  const remark = remarkBefore(text, origin.at.start);
  const dropped = remark === '' && name !== undefined ? dropBefore(text, origin.at.start, name) : undefined;
  return dropped === undefined ? remark : remarkBefore(text, dropped);
}

function remarkBefore(text: string, offset: number): string {
  const [own, ...above] = commentLinesAbove(text, offset);
  if (own?.trim() !== '') return '';
  return above
    .toReversed()
    .map((line) => commentsOf(line)[0]?.text ?? '')
    .join(' ');
}

/** What stands before the offset on its line, and the lines above that are comments, the nearest first. */
function commentLinesAbove(text: string, offset: number): readonly string[] {
  const found: string[] = [];
  for (const { line } of linesAbove(text, offset)) {
    if (found.length > 0 && !/^\s*--/.test(line)) break;
    found.push(line);
  }
  return found;
}

/** Upwards from the offset: a file may be one dump with thousands of objects, so that what is far above is not looked at. */
function* linesAbove(text: string, offset: number): Generator<{ readonly line: string; readonly start: number }> {
  for (let end = offset; end >= 0; ) {
    const start = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
    yield { line: text.slice(start, end), start };
    end = start - 1;
  }
}

/** Where `drop policy if exists NAME on …;` begins, if nothing but blanks stands between it and the offset. */
function dropBefore(text: string, offset: number, name: string): number | undefined {
  let statement = '';
  for (const { line, start } of linesAbove(text, offset)) {
    if (statement === '' && line.trim() === '') continue;
    if (statement !== '' && line.includes(';') && !DROP.test(line)) return undefined;
    statement = statement === '' ? line.trimEnd() : `${line} ${statement}`;
    if (!DROP.test(line)) continue;
    const dropped = /^\s*drop\s+policy\s+(?:if\s+exists\s+)?("(?:[^"]|"")+"|\w+)\s+on\s+[^;]+;$/i.exec(statement)?.[1];
    return dropped !== undefined && nameFrom(dropped) === name ? start : undefined;
  }
  return undefined;
}

const DROP = /^\s*drop\s+policy\b/i;

/** A name as it is written in SQL. */
function nameFrom(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}
