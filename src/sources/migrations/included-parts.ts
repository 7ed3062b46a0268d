import { decodeSql } from '../../sql/decode.ts';
import { readSql, type SqlLimits, type SqlReading } from '../../sql/parse.ts';
import type { Includes } from './discovery/psql-includes.ts';

/** A stretch of a file that is run without a break. */
export interface FilePart {
  readonly file: string;
  /** Of the whole file. */
  readonly text: string;
  /** Where the stretch starts and ends in it, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly reading: SqlReading;
}

/**
 * A file as psql runs it: its own statements, and those of the files that it includes, where it does.
 * What is refused or passed over in a file stands in its first part; the commands that were followed are not passed over.
 */
export function partsOf(
  file: string,
  text: string,
  reading: SqlReading,
  includes: Includes,
  limits: Partial<SqlLimits> = {},
): readonly FilePart[] {
  const commands = reading.passedOver.flatMap((each) => {
    const included =
      each.what === 'psql-meta-command' ? includes.get(text.slice(each.at.start, each.at.end)) : undefined;
    return included === undefined ? [] : [{ command: each, included }];
  });
  const followed = new Set(commands.map(({ command }) => command));
  const passedOver = reading.passedOver.filter((each) => !followed.has(each));
  const parts: FilePart[] = [];
  let from = 0;
  function add(to: number): void {
    const statements = reading.statements.filter(({ at }) => at.start >= from && at.start < to);
    const unread = from === 0 ? { rejected: reading.rejected, passedOver } : { rejected: [], passedOver: [] };
    parts.push({ file, text, from, to, reading: { statements, ...unread } });
  }
  for (const { command, included } of commands) {
    add(command.at.start);
    from = command.at.end;
    const decoded = decodeSql(included.bytes, included.file);
    if (decoded.ok) {
      const own = included.blank(decoded.text);
      parts.push(...partsOf(included.file, own, readSql(own, included.file, limits), included.includes, limits));
    } else {
      const at = { file: included.file, start: 0, end: 0 };
      const rejected = [{ index: 0, at, errorAt: at, message: decoded.message }];
      parts.push({
        file: included.file,
        text: '',
        from: 0,
        to: 0,
        reading: { statements: [], rejected, passedOver: [] },
      });
    }
  }
  add(text.length + 1);
  return parts;
}
