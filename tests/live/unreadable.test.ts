// A newer server prints SQL that our grammar refuses: that is said, nothing is concluded from it, and the rest is read.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDatabase } from '../../src/sources/live/read-database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';

let database: EmbeddedPostgres;

beforeAll(async () => {
  database = await startEmbeddedPostgres({ platform: 'postgres' });
  await database.exec(`
    create table public.t (id int primary key, name text);
    create policy p on public.t using (name = 'odd');
    create view public.v as select id, 'odd' as odd from public.t;
    create table public.other (id int primary key check (id > 0))`);
});

afterAll(() => database.close());

it('SQL from a newer server', async () => {
  const newer = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll("'odd'::text", "'odd' WHICHEVER [[")) as unknown;
  const connection = {
    query: async <Row>(sql: string) => newer(await database.query<Row>(sql)) as readonly Row[],
  };
  const { graph, notUnderstood, doubts } = await readDatabase(connection, { platform: 'postgres' });
  expect(notUnderstood.map(({ what }) => what)).toEqual([
    "The server prints SQL of public.v that this version of ddlint cannot read: SELECT id, 'odd' WHICHEVER [[ AS odd FROM public.t;",
    "The server prints SQL of public.t that this version of ddlint cannot read: (name = 'odd' WHICHEVER [[)",
  ]);
  expect(doubts).toHaveLength(2);
  const named = (name: string) => graph.relation({ schema: 'public', name });
  expect(['t', 'v', 'other'].map((name) => graph.doubtsAbout(named(name) as never, ['columns']).length)).toEqual([
    1, 1, 0,
  ]);
  expect(graph.ofKind('checkConstraint').map(({ name }) => name)).toContain('other_id_check');
});
