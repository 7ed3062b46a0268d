// What a connection URL means, and what is said when there is no connection. Real servers are in audit.test.ts.
import { describe, expect, it } from 'vitest';
import { connectionFailure } from '../../src/sources/live/connection/connection-failure.ts';
import { connectionTarget } from '../../src/sources/live/connection/connection-target.ts';
import { redact } from '../../src/sources/live/connection/redact.ts';
import { tlsAttempts } from '../../src/sources/live/connection/tls.ts';
import { historyNotes } from '../../src/sources/live/history-notes.ts';

describe('a URL', () => {
  it.each([
    ['postgresql://u:p%40ss@h:6000/d', { host: 'h', port: 6000, user: 'u', password: 'p@ss', database: 'd' }],
    ['postgres://alice@h', { host: 'h', port: 5432, user: 'alice', password: undefined, database: 'alice' }],
    ['postgresql://', { host: 'localhost', user: 'postgres', database: 'postgres', sslMode: 'prefer' }],
    ['postgresql://[::1]:5433/d', { host: '::1', port: 5433, sslMode: 'prefer' }],
    ['postgresql:///d?host=/var/run/postgresql', { host: '/var/run/postgresql', database: 'd', sslMode: 'disable' }],
    ['postgresql://h/d?user=u&password=p&port=7000&dbname=e', { user: 'u', password: 'p', port: 7000, database: 'e' }],
    ['postgresql://u@h/d?options=endpoint%3Dx&pgbouncer=true', { options: 'endpoint=x', sslMode: 'prefer' }],
    ['postgresql://u@db.abc.supabase.co/d', { sslMode: 'require' }],
    ['postgresql://u@aws-0-eu-central-1.pooler.supabase.com:6543/d', { sslMode: 'require', port: 6543 }],
    ['postgresql://u@db.abc.supabase.co/d?sslmode=disable', { sslMode: 'disable' }],
    ['postgresql://u@h/d?sslmode=require&sslrootcert=ca.pem', { sslMode: 'verify-ca', sslRootCert: 'ca.pem' }],
    ['postgresql://u@h/d?sslrootcert=ca.pem', { sslMode: 'verify-full' }],
    ['  postgresql://u@h/d\n', { host: 'h', database: 'd' }],
  ])('%s', (url, expected) => {
    expect(connectionTarget(url)).toMatchObject(expected);
  });

  it.each([
    ['postgresql://u:[YOUR-PASSWORD]@h/d', '[YOUR-PASSWORD]'],
    ['https://h/d', 'must begin with postgresql://'],
    ['postgresql://u:s3cret#x@h:a/d', 'must be percent-encoded'],
    ['postgresql://u:s3cret%@h/d', 'a lone % must be written %25'],
    ['postgresql://u@h:0/d', 'no number from 1 to 65535'],
    ['postgresql://u:s3cret@h1,h2/d', 'names several hosts'],
    ['postgresql://u:s3cret@h/d?sslmode=on', 'sslmode="on" is unknown'],
  ])('%s is refused without being repeated', (url, sentence) => {
    expect(() => connectionTarget(url)).toThrow(sentence);
    expect(() => connectionTarget(url)).not.toThrow('s3cret');
  });
});

it.each([
  ['disable', [false]],
  ['allow', [false, { rejectUnauthorized: false }]],
  ['prefer', [{ rejectUnauthorized: false }, false]],
  ['require', [{ rejectUnauthorized: false }]],
  ['verify-full', [{ rejectUnauthorized: true, servername: 'h' }]],
])('sslmode=%s tries what libpq tries', (mode, attempts) => {
  expect(tlsAttempts(connectionTarget(`postgresql://u@h/d?sslmode=${mode}`))).toEqual(attempts);
});

describe('a failure', () => {
  const DIRECT = 'postgresql://postgres:s3cret@db.abcdef.supabase.co:5432/postgres';
  const POOLER = 'postgresql://postgres.abcdef:s3cret@aws-0-eu-central-1.pooler.supabase.com:6543/postgres';

  it.each([
    [
      DIRECT,
      { code: 'ENETUNREACH' },
      'There is no route to db.abcdef.supabase.co. Direct Supabase hosts speak IPv6 only.',
    ],
    [DIRECT, { code: 'ENOTFOUND' }, 'A paused or deleted project has no address at all.'],
    [DIRECT, { message: 'timeout expired' }, 'A paused project answers to nobody'],
    [DIRECT, { code: '28P01', message: 'no' }, 'Database → Settings in the dashboard sets a new one'],
    [POOLER, { code: 'XX000', message: 'Tenant or user not found' }, 'The user is postgres.<project ref>'],
    [POOLER, { message: 'MaxClientsInSessionMode: max clients reached' }, 'no connection to spare'],
    [POOLER, { message: 'ECIRCUITBREAKER: circuit breaker open' }, 'refuses connections for a while'],
    [POOLER, { message: '{:error, :nxdomain}' }, 'cannot reach the database'],
    ['postgresql://u:s3cret@h/d', { code: 'ETIMEDOUT' }, 'A firewall in between?'],
    [
      'postgresql://u:s3cret@h/d',
      { code: '42501', message: 'permission denied for table pg_class' },
      'Nothing was checked.',
    ],
    ['postgresql://u:s3cret@h/d', { code: '53300', message: 'too many clients' }, 'no connection to spare'],
    [
      'postgresql://u:s3cret@h/d',
      { message: 'something new about s3cret' },
      'could not be read: something new about ***.',
    ],
    ['postgresql://postgres:postgres@h/postgres', { code: 'ECONNREFUSED' }, 'Nothing answers at h:5432/postgres'],
  ] as readonly (readonly [string, { code?: string; message?: string }, string])[])('%s %j', (url, error, sentence) => {
    const { message } = connectionFailure(Object.assign(new Error(error.message ?? 'x'), error), connectionTarget(url));
    expect(message).toContain(sentence);
    expect(message).not.toContain('s3cret');
    expect(message).not.toMatch(/\.\.|\n/);
  });
});

it.each([
  ['postgresql://u:abc@h/d and more', 'postgresql://u:***@h/d and more'],
  ['password=abc user=u', 'password=*** user=u'],
  ['key eyJhbGciOiJI.eyJpc3MiOiJz.c2ln end', 'key *** end'],
  ['sb_secret_abc123', '***'],
])('redacts %s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

describe('the history in the database', () => {
  const file = (version: string, skipped: string | null = null) => ({
    index: 0,
    file: `m/${version}_x.sql`,
    version,
    name: 'x',
    skipped,
    misnamed: null,
    hasDown: false,
    at: { file: `m/${version}_x.sql`, start: 0, end: 0 },
  });
  const texts = new Map([['m/1_x.sql', '-- why\ncreate  table a ();\n/* and */ insert into a default values;']]);
  const notes = (statements: readonly string[] | null) =>
    historyNotes([{ version: '1', name: 'x', statements }], { migrations: [file('1')], texts });

  it('compares tokens, and only where the statements were kept', () => {
    const all = ['The database has every migration, as the files have them.'];
    expect(notes(['create table a ()', 'insert into a default values'])).toEqual(all);
    expect(notes(null)).toEqual(all);
    expect(notes(['create table b ()'])).toEqual(['The migration 1_x.sql is not what was applied.']);
  });

  it('names the first of many', () => {
    const migrations = ['1', '2', '3', '4', '5', '6', '7'].map((each) => file(each));
    expect(historyNotes([], { migrations, texts })).toEqual([
      '7 migrations have not been applied: 1_x.sql, 2_x.sql, 3_x.sql, 4_x.sql, 5_x.sql and 2 more.',
    ]);
    expect(historyNotes([], { migrations: [file('1', 'is a seed')], texts })).toEqual([]);
  });
});
