import type { ColumnRef } from '@pgsql/types';
import type { Expression } from '../../sql/expression.ts';
import { skipBlank, tokenEnd } from '../../sql/token.ts';

/**
 * Where a name stands in the text of its expression, in UTF-16 units of that text: `n.author_id` from `start` to `end`, and its last part from `last`.
 */
export function writtenName(
  { text, start }: Expression,
  { location, fields }: ColumnRef,
): { readonly start: number; readonly last: number; readonly end: number } {
  const offset = (location ?? start) - start;
  let last = offset;
  let end = offset;
  // Names and the dots between them.
  for (let token = 0; token < (fields ?? []).length * 2 - 1; token++) {
    last = skipBlank(text, end);
    end = tokenEnd(text, last);
  }
  return { start: offset, last, end };
}
