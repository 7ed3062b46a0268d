import { commentsOf } from '../sql/comments.ts';
import type { EntityOf } from './entities/index.ts';

export interface Remark {
  readonly text: string;
  /** Nothing else of the statement stands between the column and the remark. */
  readonly isOnlyOfIt: boolean;
}

/** The comment that ends the line a column is written on. */
export function remarkBeside({ origin }: EntityOf<'column'>, texts: ReadonlyMap<string, string>): Remark | undefined {
  if (origin.from !== 'statement') return undefined;
  const text = texts.get(origin.at.file) ?? '';
  const end = text.indexOf('\n', origin.at.end);
  const rest = text.slice(origin.at.end, end < 0 ? undefined : end);
  const [remark] = commentsOf(rest);
  return remark && { text: remark.text, isOnlyOfIt: /^[\s,;)]*$/.test(rest.slice(0, remark.start)) };
}

/** The lines above a column that hold nothing but a comment, as one text; of a column that begins its own line. */
export function remarkAbove({ origin }: EntityOf<'column'>, texts: ReadonlyMap<string, string>): string {
  if (origin.from !== 'statement') return '';
  const lines = (texts.get(origin.at.file) ?? '').slice(0, origin.at.start).split('\n');
  if (lines.pop()?.trim() !== '') return '';
  const above = lines.slice(lines.findLastIndex((line) => !/^\s*--/.test(line)) + 1);
  return above.map((line) => line.replace(/^\s*--+/, '').trim()).join(' ');
}
