import { byName } from './by-name.ts';

/**
 * The words of a name, in lower case: `createdAt`, `created_at` and `"Created At"` are created + at, `phone1` is phone + 1,
 * `userID` is user + id, `HTMLBody` is html + body.
 */
export const wordsOf = byName((name): readonly string[] => {
  const words = name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+|\p{Lu}|\p{N}+/gu) ?? [];
  return words.map((word) => word.toLowerCase());
});
