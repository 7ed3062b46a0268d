import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastCheck from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SourceError } from '../../src/errors.ts';
import { migrations } from '../../src/sources/migrations/migrations.ts';
import { parseSnapshot } from '../../src/sources/snapshot/parse-snapshot.ts';
import { readSnapshot } from '../../src/sources/snapshot/read-snapshot.ts';
import { loadSnapshot, snapshot } from '../../src/sources/snapshot/snapshot.ts';
import { writeSnapshot } from '../../src/sources/snapshot/write-snapshot.ts';

const folder = mkdtempSync(join(tmpdir(), 'ddlint-snapshot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SQL = `
create table public.t (id bigint primary key, name text default 'x' check (name <> ''));
create policy p on public.t using (name = current_user);
create function public.f() returns text language sql as $$ select 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ' $$;
comment on table public.t is 'postgres://app:hunter2hunter2@db/x';
`;

let good: string;

beforeAll(async () => {
  writeFileSync(join(folder, 'schema.sql'), SQL);
  const source = migrations({ cwd: folder, paths: ['schema.sql'], platform: 'postgres', exposure: 'auto' });
  good = writeSnapshot(await source.read(), { ddlint: '0.0.0', statistics: false });
});

function read(text: string): () => Promise<unknown> {
  return async () => readSnapshot(parseSnapshot(text, 'schema.json'));
}

describe('what is no snapshot is refused in a sentence', () => {
  it.each([
    ['', /schema\.json is no JSON/],
    ['{"format": "ddlint snapshot", ', /is no JSON/],
    ['[]', /is no ddlint snapshot/],
    ['null', /is no ddlint snapshot/],
    ['{"__proto__": {"format": "ddlint snapshot"}}', /is no ddlint snapshot/],
    ['{"format": "ddlint snapshot"}', /version undefined of the format; this ddlint reads version 1\. Write it again/],
    [
      '{"format": "ddlint snapshot", "version": 2, "ddlint": "9.1.0"}',
      /by ddlint 9\.1\.0 in version 2 .* Update ddlint/,
    ],
    ['{"format": "ddlint snapshot", "version": 1}', /is no valid snapshot: must have required property 'ddlint'/],
  ])('%s', async (text, message) => {
    await expect(read(text)).rejects.toThrow(SourceError);
    await expect(read(text)).rejects.toThrow(message);
  });

  it('unknown facts, __proto__ among them', async () => {
    const text = (name: string) =>
      good.replace('"key": "public.t",', `"key": "public.t", ${JSON.stringify(name)}: {},`);
    await expect(read(text('__proto__'))).rejects.toThrow('unknown property "__proto__"');
    await expect(read(text('secret'))).rejects.toThrow('at /objects/table/0 unknown property "secret"');
  });

  it('objects that are not there or there twice', async () => {
    await expect(read(good.replaceAll('"key": "public.t.id"', '"key": "public.t.other"'))).rejects.toThrow(
      'The snapshot names a column public.t.id that is not in it.',
    );
    await expect(read(good.replaceAll('"public.t.name"', '"public.t.id"'))).rejects.toThrow(
      'The snapshot has two objects called column public.t.id.',
    );
  });

  it('SQL that does not read', async () => {
    await expect(read(good.replace("name <> ''", 'name <>'))).rejects.toThrow(/SQL that ddlint cannot read: name <>/);
  });

  it('files that are too large, not there, or folders', () => {
    const large = join(folder, 'large.json');
    writeFileSync(large, '');
    truncateSync(large, 200 * 1024 * 1024);
    expect(() => loadSnapshot('large.json', folder)).toThrow(
      'large.json has 200 MB; snapshots over 128 MB are not read.',
    );
    expect(() => loadSnapshot('none.json', folder)).toThrow('none.json: no such file.');
    expect(() => loadSnapshot('.', folder)).toThrow('. cannot be read: it is a folder.');
  });

  it('whatever is changed in it, it is read or refused in a sentence', async () => {
    const json = JSON.parse(good) as unknown;
    await fastCheck.assert(
      fastCheck.asyncProperty(fastCheck.nat(), fastCheck.jsonValue(), async (place, value) => {
        const text = JSON.stringify(changed(json, place, value));
        await read(text)().catch((error: unknown) => expect(error).toBeInstanceOf(SourceError));
      }),
      { numRuns: 150 },
    );
  });
});

it('a snapshot holds no key and no password, and is safe to read from any file', async () => {
  expect(good).toContain('eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZSJ9.[secret]');
  expect(good).toContain('postgres://app:[secret]@db/x');
  expect(good).not.toMatch(/hunter2|c2lnbmF0dXJl/);
  writeFileSync(join(folder, 'schema.json'), `\uFEFF${good}`);
  const { graph, texts } = await snapshot({ file: 'schema.json', cwd: folder }).read();
  expect(graph.relation({ schema: 'public', name: 't' })?.comment).toBe('postgres://app:[secret]@db/x');
  expect([...texts.values()].join('')).toMatch(/^\s*$/);
});

/** The same with another value at one place. */
function changed(json: unknown, place: number, value: unknown): unknown {
  const places: { readonly in: Record<string, unknown>; readonly key: string }[] = [];
  const copy = structuredClone(json);
  const visit = (each: unknown): void => {
    if (typeof each !== 'object' || each === null) return;
    for (const key of Object.keys(each)) {
      places.push({ in: each as Record<string, unknown>, key });
      visit((each as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  const chosen = places[place % places.length];
  if (chosen) chosen.in[chosen.key] = value;
  return copy;
}
