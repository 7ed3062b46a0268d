import { describe, expect, it } from 'vitest';
import { isWord, wordPattern, wordsIn } from '../../src/sql/name.ts';

describe('wordPattern', () => {
  it.each(['max_uses', 'Max Uses', 'max-uses', 'länge', 'a$b', 'f(x)', 'a\\b', '日付'])('finds %s as it is', (name) => {
    expect(wordPattern(name).test(`if new.${name}>1`)).toBe(true);
    expect(wordPattern(name).test(`"${name.toUpperCase()}"`)).toBe(true);
  });

  it('not as a part of a longer name, whichever letters that has', () => {
    for (const text of ['max_uses', 'xmax', 'max1', 'maxö', 'ümax', '$max'])
      expect(wordPattern('max').test(text)).toBe(false);
  });

  it.each(['max_uses', 'länge', 'a$b', '日付', 'max', 'xmax'])('finds %s where it is one of the words', (name) => {
    expect(isWord(name)).toBe(true);
    for (const text of ['if new.max_uses>1', 'länge+1', 'a$b', '"日付"', 'xmax', 'max-uses', 'maxö'])
      expect(wordsIn(text).includes(name)).toBe(wordPattern(name).test(text));
  });

  it.each(['Max Uses', 'f(x)', ''])('takes %s for no word', (name) => expect(isWord(name)).toBe(false));
});
