import { describe, expect, test } from 'vitest';
import { decodeSql } from '../../src/sql/decode.ts';

const bytes = (...values: (number | string)[]) =>
  Uint8Array.from(
    values.flatMap((value) => (typeof value === 'number' ? [value] : [...new TextEncoder().encode(value)])),
  );

describe('decodeSql', () => {
  test('reads UTF-8, drops its BOM, keeps line ends', () => {
    expect(decodeSql(bytes(0xef, 0xbb, 0xbf, 'select 1;\r\n-- é\r😀\ufeff'), 'a.sql')).toEqual({
      ok: true,
      text: 'select 1;\r\n-- é\r😀\ufeff',
    });
    expect(decodeSql(new Uint8Array(), 'a.sql')).toEqual({ ok: true, text: '' });
  });

  test('says what is wrong, and where', () => {
    expect(decodeSql(bytes('é\ufffd', 0xe9, 'x'), 'm/a.sql')).toEqual({
      ok: false,
      problem: 'not-utf8',
      message: 'm/a.sql is not valid UTF-8 at byte 5; Postgres refuses such a file. Save the file as UTF-8.',
      offset: 5,
    });
    expect(decodeSql(bytes('select 1; ', 0, ' drop table t'), 'a.sql')).toMatchObject({
      problem: 'nul-byte',
      offset: 10,
    });
    expect(decodeSql(bytes('ab', 0xf0, 0x9f), 'a.sql')).toMatchObject({ problem: 'not-utf8', offset: 2 });
  });

  test('names UTF-16 as what it is', () => {
    const little = Uint8Array.from([
      0xff,
      0xfe,
      ...new Uint8Array(Uint16Array.from([...'select'].map((c) => c.charCodeAt(0))).buffer),
    ]);
    expect(decodeSql(little, 'a.sql')).toMatchObject({
      ok: false,
      problem: 'utf16',
      message: expect.stringContaining('Save the file as UTF-8'),
    });
    expect(decodeSql(bytes(0xfe, 0xff, 0, 's'), 'a.sql')).toMatchObject({ ok: false, problem: 'utf16' });
  });
});
