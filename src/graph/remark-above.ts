import { commentsOf } from '../sql/comments.ts';
import type { EntityBase } from './entities/entity-base.ts';

/**
 * The lines right above an object that hold nothing but a comment, as one text; of one that begins its own line (a column, the statement of a policy).
 * Empty for none.
 */
export function remarkAbove(
  { origin }: Pick<EntityBase<string>, 'origin'>,
  texts: ReadonlyMap<string, string>,
): string {
  if (origin.from !== 'statement') return '';
  const lines = (texts.get(origin.at.file) ?? '').slice(0, origin.at.start).split('\n');
  if (lines.pop()?.trim() !== '') return '';
  const above = lines.slice(lines.findLastIndex((line) => !/^\s*--/.test(line)) + 1);
  return above.map((line) => commentsOf(line)[0]?.text ?? '').join(' ');
}
