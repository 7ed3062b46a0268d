/** Blanks and comments, as a part of a regular expression. */
export const BLANK = String.raw`(?:\s|--[^\n]*\n|/\*[\s\S]*?\*/)`;

const PART = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`;

/** A name with or without its schema, as a part of a regular expression with the flag `u`. */
export const NAME = String.raw`${PART}(?:\s*\.\s*${PART})*`;

/** The words of a list as the server splits it (SplitIdentifierString()): `a, "B c"`; quotes doubled, the rest in lower case. */
export function splitIdentifiers(text: string): readonly string[] {
  return wordsOf(text, /"(?:[^"]|"")*"|[^,\s]+/g);
}

/** The parts of a name in a string, as for a cast to regclass: `public."Orders"`. */
export function identifiersOf(text: string): readonly string[] {
  return wordsOf(text, /"(?:[^"]|"")*"|[^.\s]+/g);
}

function wordsOf(text: string, pattern: RegExp): readonly string[] {
  const words = text.match(pattern) ?? [];
  return words.map((word) => (word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word.toLowerCase()));
}
