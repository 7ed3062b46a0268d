import { expect, test } from 'vitest';
import { secretsIn, withoutSecrets, withSecretsHidden } from '../../src/sql/secrets.ts';

function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.bm90LWEtcmVhbC1zaWduYXR1cmUtYXQtYWxs`;
}

const SERVICE = token({ iss: 'supabase', ref: 'abcdefghijklmnopqrst', role: 'service_role', exp: 2000000000 });

test.each([
  [SERVICE, 1],
  [token({ iss: 'supabase', ref: 'abcdefghijklmnopqrst', role: 'anon' }), 0],
  [token({ iss: 'supabase-demo', role: 'service_role' }), 0],
  ['eyJhbGciOiJIUzI1NiJ9.eyJub3QganNvbiBhdCBhbGw.bm90LWEtcmVhbC1zaWduYXR1cmU', 0],
  [`sb_secret_${'xy'.repeat(12)}`, 0],
  ['sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz', 1],
])('%s is a live credential: %i', (text, count) => {
  expect(secretsIn(`-- ä\nselect '${text}';`)).toHaveLength(count);
});

test('says where it stands', () => {
  const sql = `-- ä\nselect '${SERVICE}';`;
  const [found] = secretsIn(sql);
  expect(sql.slice(found?.start, found?.end)).toBe(SERVICE);
});

test('what is hidden is as long as it was, and is not there any more', () => {
  const sql = `select 'Bearer ${SERVICE}', 'postgres://u:hunter2@db/x';`;
  const hidden = withSecretsHidden(sql);
  expect(hidden).toHaveLength(sql.length);
  expect(hidden).not.toContain('bm90LWEt');
  expect(hidden).not.toContain('hunter2');
});

test.each(['-eyJaaaaaaaaa', 'a-', 'http://', 'a://b:', '-sk-proj-aaaa', '-----BEGIN PRIVATE KEY-----\naaaa'])(
  'half a million signs of %s are read without end in sight',
  (part) => {
    const text = part.repeat(Math.ceil(500_000 / part.length));
    expect(secretsIn(text)).toEqual([]);
    expect(withoutSecrets(text).length).toBeGreaterThan(0);
    expect(withSecretsHidden(text)).toHaveLength(text.length);
  },
);
