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
