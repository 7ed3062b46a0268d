import { decodeSql } from '../../sql/decode.ts';
import { readSql, type SqlLimits, type SqlReading } from '../../sql/parse.ts';
import type { IncludedFile, Includes } from './discovery/psql-includes.ts';

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
 * @param refusal the error that the file's commands of psql end in, where another tool runs it; what they include is known all the same
 */
export function partsOf(
  file: string,
  text: string,
  reading: SqlReading,
  includes: Includes,
  { limits = {}, refusal }: { readonly limits?: Partial<SqlLimits>; readonly refusal?: string | undefined } = {},
): readonly FilePart[] {
  const commands = reading.passedOver.filter(({ what }) => what === 'psql-meta-command');
  const followed = commands.flatMap(({ at }) => {
    const included = includes.get(text.slice(at.start, at.end));
    return included === undefined ? [] : [{ at, included }];
  });
  const settled = new Set(refusal === undefined ? followed.map(({ at }) => at) : commands.map(({ at }) => at));
  const refused =
    refusal === undefined ? [] : commands.map(({ at }) => ({ index: 0, at, errorAt: at, message: refusal }));
  const unread = {
    rejected: [...reading.rejected, ...refused].sort((a, b) => a.at.start - b.at.start),
    passedOver: reading.passedOver.filter(({ at }) => !settled.has(at)),
  };
  const parts: FilePart[] = [];
  let from = 0;
  function add(to: number): void {
    const statements = reading.statements.filter(({ at }) => at.start >= from && at.start < to);
    parts.push({ file, text, from, to, reading: { ...(parts.length === 0 ? unread : NOTHING), statements } });
  }
  for (const { at, included } of followed) {
    add(at.start);
    from = at.end;
    parts.push(...partsOfIncluded(included, limits));
  }
  add(text.length);
  return parts;
}

const NOTHING = { rejected: [], passedOver: [] } as const;

function partsOfIncluded({ file, bytes, blank, includes }: IncludedFile, limits: Partial<SqlLimits>) {
  const decoded = decodeSql(bytes, file);
  if (decoded.ok) {
    const text = blank(decoded.text);
    return partsOf(file, text, readSql(text, file, limits), includes, { limits });
  }
  const at = { file, start: 0, end: 0 };
  const rejected = [{ index: 0, at, errorAt: at, message: decoded.message }];
  return [{ file, text: '', from: 0, to: 0, reading: { ...NOTHING, rejected, statements: [] } }];
}
