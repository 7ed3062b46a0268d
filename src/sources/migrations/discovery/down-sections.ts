import { withoutComments } from './comments.ts';

/** A comment line that starts a section which the tool runs only to undo (docs of dbmate, goose, sql-migrate and tern). */
const DOWN =
  /^(?:-- ?migrate:down\b.*|-- ?\+(?:goose|migrate) down\b.*|\s*--[\s-]*down\s+migration\b(?<note>.*)|---- create above \/ drop below ----.*)$/gim;
const UP = /^(?:-- ?migrate:up\b.*|-- ?\+(?:goose|migrate) up\b.*|\s*--[\s-]*up\s+migration\b.*)$/im;

/** node-pg-migrate's line (sqlMigration.ts, getActions), which counts only where the other stands in the file as well. */
const UP_MIGRATION = /^\s*--[\s-]*up\s+migration\b/im;

/** The text with its down sections as blanks; every offset and line stays what it was. */
export function blankDownSections(text: string): string {
  let result = '';
  let done = 0;
  for (const down of text.matchAll(DOWN)) {
    if (down.index < done || !startsSection(text, down)) continue;
    const after = down.index + down[0].length;
    const up = UP.exec(text.slice(after));
    const until = up === null ? text.length : after + up.index;
    result += text.slice(done, down.index) + text.slice(down.index, until).replace(/[^\r\n]/g, ' ');
    done = until;
  }
  return result + text.slice(done);
}

/**
 * "Down migration: down/001_a.down.sql" in the head of a file says where the file is that undoes this one. node-pg-migrate's words start a
 * section behind "Up Migration" and what is done there; without that line all of the file runs, and only those who run such files by
 * themselves end it at a line that says no more than these words.
 */
function startsSection(text: string, down: RegExpExecArray): boolean {
  const note = down.groups?.note;
  if (note === undefined) return true;
  const before = text.slice(0, down.index);
  const says = (part: string): boolean => UP_MIGRATION.test(part);
  if (withoutComments(before).trim() === '') return says(text.slice(down.index + down[0].length));
  return says(before) || /^[\s-]*$/.test(note);
}
