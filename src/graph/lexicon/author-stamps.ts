import { isNamed, type NamePatterns } from './pattern.ts';

const AUTHORS: NamePatterns = [
  '*_by',
  '*_by_id',
  '*_by_user_id',
  '*_author',
  '*_author_id',
  '*_creator',
  '*_creator_id',
];

/** Does a column of this name say who did something to the row: created_by, approved_by_id? */
export function isStampOfAuthor(name: string): boolean {
  return isNamed(name, AUTHORS);
}
