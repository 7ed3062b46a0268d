/**
 * The words of a name, in lower case: `createdAt`, `created_at` and `"Created At"` are created + at, `phone1` is phone + 1,
 * `userID` is user + id, `HTMLBody` is html + body.
 */
export function wordsOf(name: string): readonly string[] {
  const known = knownWords.get(name);
  if (known !== undefined) return known;
  const made = split(name);
  // A schema has few names beside the times that rules ask about each.
  if (knownWords.size === MOST_KNOWN) knownWords.clear();
  knownWords.set(name, made);
  return made;
}

const MOST_KNOWN = 50_000;
const knownWords = new Map<string, readonly string[]>();

function split(name: string): readonly string[] {
  const words = name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+|\p{Lu}|\p{N}+/gu) ?? [];
  return words.map((word) => word.toLowerCase());
}
