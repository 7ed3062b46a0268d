/**
 * The grammar counts bytes, JavaScript counts UTF-16 units. For a text with anything outside ASCII, `table[byte]` is the
 * UTF-16 offset of that byte of its UTF-8 form (also for the byte after the last); undefined for ASCII, where both are equal.
 */
export function utf16Offsets(text: string): Uint32Array | undefined {
  const first = text.search(NOT_ASCII);
  if (first === -1) return undefined;
  const table = new Uint32Array(first + (text.length - first) * 3 + 1);
  for (let at = 0; at < first; at++) table[at] = at;
  let byte = first;
  let at = first;
  while (at < text.length) {
    const codePoint = text.codePointAt(at) ?? 0;
    const bytes = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    for (let index = 0; index < bytes; index++) table[byte++] = at;
    at += codePoint < 0x10000 ? 1 : 2;
  }
  table[byte] = text.length;
  return table.subarray(0, byte + 1);
}

/** How many bytes the text has in UTF-8; a lone surrogate counts as three, as the grammar is handed it. */
export function utf8Length(text: string): number {
  return NOT_ASCII.test(text) ? encoder.encode(text).length : text.length;
}

/** The UTF-16 offset of the nth code point, or the text's end. Parser errors are placed in code points. */
export function codePointOffset(text: string, codePoints: number): number {
  let at = 0;
  for (let count = 0; count < codePoints && at < text.length; count++) {
    at += (text.codePointAt(at) ?? 0) < 0x10000 ? 1 : 2;
  }
  return at;
}

const encoder = new TextEncoder();
const NOT_ASCII = /[^\0-\x7f]/;
