import { describe, expect, it } from 'vitest';
import { wordPattern } from '../../src/sql/name.ts';

describe('wordPattern', () => {
  it.each(['max_uses', 'Max Uses', 'max-uses', 'länge', 'a$b', 'f(x)', 'a\\b', '日付'])('finds %s as it is', (name) => {
    expect(wordPattern(name).test(`if new.${name}>1`)).toBe(true);
    expect(wordPattern(name).test(`"${name.toUpperCase()}"`)).toBe(true);
  });

  it('not as a part of a longer name, whichever letters that has', () => {
    for (const text of ['max_uses', 'xmax', 'max1', 'maxö', 'ümax', '$max'])
      expect(wordPattern('max').test(text)).toBe(false);
  });
});
