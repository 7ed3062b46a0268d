import { patternOf } from '../../../sql/name.ts';

/** A regular expression of JavaScript, and the text that all it matches holds. */
export interface ServerPattern {
  readonly regex: RegExp;
  readonly text: string;
}

/**
 * A regular expression of Postgres (docs 9.7.3) about calls in an expression: an escaped or plain text, with what may stand before it.
 * Undefined for any other, as the two spell most things in their own way.
 * @param flags of JavaScript: g, i
 */
export function serverPattern(pattern: string, flags: string): ServerPattern | undefined {
  const [, before = '', text = ''] =
    /^((?:\(\^\|\[\^[^\]]*(?:\[:\w+:\][^\]]*)*\]\)|\(\?<!(?:\w|\\?[ .])+\)|\\[my]))?((?:[\w ]|\\[.()])+)$/.exec(
      pattern,
    ) ?? [];
  if (!/\w\\\(/.test(text)) return undefined;
  const plain = text.replace(/\\(.)/g, '$1');
  const start = boundary(before);
  return start === undefined
    ? undefined
    : { regex: new RegExp(`${start}${patternOf(plain)}`, `${flags}u`), text: plain };
}

function boundary(before: string): string | undefined {
  if (before === '\\m' || before === '\\y') return '(?<![\\p{L}\\p{N}_])';
  const [, listed] = /^\(\^\|\[\^(.*)\]\)$/.exec(before) ?? [];
  return listed === undefined ? before : excluded(listed);
}

/** `(^|[^…])`; undefined where something is listed that the two may read in other ways. */
function excluded(listed: string): string | undefined {
  const pieces = listed.match(/\[:\w+:\]|\\[wds."']|a-z|A-Z|0-9|[\w."' (]|-$/g) ?? [];
  const classes = pieces.map(listedClass);
  return pieces.join('') === listed && !classes.includes(undefined) ? `(^|[^${classes.join('')}])` : undefined;
}

function listedClass(piece: string): string | undefined {
  if (piece.startsWith('[') || piece === '\\w' || piece === '\\s') return CLASSES.get(piece);
  return /^\\["']$/.test(piece) ? piece.slice(1) : piece.replace(/^[.-]$/, '\\$&');
}

const CLASSES: ReadonlyMap<string, string> = new Map([
  ['[:alnum:]', '\\p{L}\\p{N}'],
  ['[:alpha:]', '\\p{L}'],
  ['[:digit:]', '\\d'],
  ['[:space:]', '\\s'],
  ['\\w', '\\p{L}\\p{N}_'],
  ['\\s', '\\s'],
]);
