import { describe, expect, test } from 'vitest';
import { commentsOf } from '../../src/sql/comments.ts';

describe('commentsOf', () => {
  test('finds line and block comments where they stand', () => {
    const text = "-- é one\r\nselect 1 /* two /* inner */ */ + '--no' --three";
    expect(commentsOf(text).map(({ kind, text: inner }) => [kind, inner])).toEqual([
      ['line', 'é one'],
      ['block', 'two /* inner */'],
      ['line', 'three'],
    ]);
    expect(commentsOf(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      '-- é one',
      '/* two /* inner */ */',
      '--three',
    ]);
  });

  test('finds none in strings, quoted names and bodies', () => {
    expect(commentsOf(`select '--a', "/* b */", $$ -- c $$, $x$ /* d */ $x$, e'\\'-- e'`)).toEqual([]);
  });

  test('knows that operators end where a comment starts', () => {
    expect(commentsOf('select 1 +-- a\n 2 */* b */ 3').map(({ text }) => text)).toEqual(['a', 'b']);
  });

  test('a comment that is not closed ends with the text', () => {
    expect(commentsOf('select 1 /* a').map(({ text }) => text)).toEqual(['a']);
    expect(commentsOf('/*/').map(({ text }) => text)).toEqual(['/']);
  });
});
