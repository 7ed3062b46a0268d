import { commentsOf } from '../sql/comments.ts';
import type { EntityBase } from './entities/entity-base.ts';

/** The comments that stand right above the statement that made an object, each on a line of its own; empty for none. */
export function remarkAbove(
  { origin }: Pick<EntityBase<string>, 'origin'>,
  texts: ReadonlyMap<string, string>,
): string {
  if (origin.from !== 'statement') return '';
  const before = (texts.get(origin.at.file) ?? '').slice(0, origin.at.start);
  const lines = before.split('\n').slice(0, -1);
  const remarks: string[] = [];
  for (let line = lines.pop()?.trim() ?? ''; line.startsWith('--'); line = lines.pop()?.trim() ?? '') {
    const [comment] = commentsOf(line);
    remarks.unshift(comment?.text ?? '');
  }
  return remarks.join(' ');
}
