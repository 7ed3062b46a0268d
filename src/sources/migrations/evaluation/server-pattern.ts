import { patternOf } from '../../../sql/name.ts';

/**
 * A regular expression of Postgres (docs 9.7.3) about calls in an expression: an escaped or plain text, with what may stand before it.
 * Undefined for any other, as the two spell most things in their own way.
 * @param flags of JavaScript: g, i
 */
export function serverPattern(pattern: string, flags: string): RegExp | undefined {
  const [, before = '', text = ''] =
    /^((?:\(\^\|\[\^[^\]]*(?:\[:\w+:\][^\]]*)*\]\)|\(\?<!(?:\w|\\?[ .])+\)|\\[my]))?((?:[\w ]|\\[.()])+)$/.exec(
      pattern,
    ) ?? [];
  if (!/\w\\\(/.test(text)) return undefined;
  const plain = text.replace(/\\(.)/g, '$1');
  return new RegExp(`${boundary(before)}${patternOf(plain)}`, `${flags}u`);
}

function boundary(before: string): string {
  if (before === '\\m' || before === '\\y') return '(?<![\\p{L}\\p{N}_])';
  const [, listed] = /^\(\^\|\[\^(.*)\]\)$/.exec(before) ?? [];
  if (listed === undefined) return before;
  const classes = listed.replace(/\[:(\w+):\]/g, (_, name: string) => CLASSES.get(name) ?? '');
  return `(^|[^${classes.replace(/["'.]/g, '\\$&').replace(/\\(["'])/g, '$1')}])`;
}

const CLASSES: ReadonlyMap<string, string> = new Map([
  ['alnum', '\\p{L}\\p{N}'],
  ['alpha', '\\p{L}'],
  ['digit', '\\d'],
  ['space', '\\s'],
]);
