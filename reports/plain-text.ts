// Text from SQL is hostile: names, comments and literals may hold escape codes, line breaks and direction marks.

/**
 * What a terminal or a viewer would act on instead of showing: C0 and C1 controls, separators that break lines, direction marks
 * (CVE-2021-42574), zero-width and tag characters, lone surrogates.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** One line of text with nothing hidden in it: what would act is shown as `<U+001B>`; line breaks and tabs become a space. */
export function plain(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ').replace(INVISIBLE, codePoint);
}

/** The same for text of several lines (SQL of a fix): line breaks and tabs stay. */
export function plainLines(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.split('\t').map(plain).join('\t'))
    .join('\n');
}

function codePoint(character: string): string {
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** Two columns in a terminal: CJK, Hangul, full-width forms, emoji (Unicode TR 11, W and F). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const NO_WIDTH = /\p{Mn}|\p{Me}|\u200c|\u200d|[\ufe00-\ufe0f]/u;

function characterWidth(character: string): number {
  return NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

/** How many terminal columns a plain text takes. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** As much of the text as fits, by columns. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += characterWidth(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Breaks plain text between words. Words longer than a line stay whole: paths and names must be copyable. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
