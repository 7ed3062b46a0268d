import { commentsOf } from '../../sql/comments.ts';
import type { EntityOf } from '../entities/index.ts';

/** Has the routine a search_path of its own: SET search_path, as a clause or by ALTER FUNCTION? */
export function pinsPath({ config }: EntityOf<'function'>): boolean {
  return config.some(({ name }) => name === 'search_path');
}

/** A clause of its own, or a statement in the body that may set one. */
export function mayChoosePath(routine: EntityOf<'function'>): boolean {
  if (pinsPath(routine)) return true;
  const text = routine.body?.text ?? '';
  return PATH.test(commentsOf(text).reduce((rest, { text: comment }) => rest.replace(comment, ' '), text));
}

const PATH = /\bsearch_path\b/i;
