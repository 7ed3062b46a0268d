// `live` through pg itself: against embedded Postgres over the wire, and against a throw-away server.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareGraphs } from '../../src/graph/difference/compare-graphs.ts';
import type { EntityKind } from '../../src/graph/entities/index.ts';
import { estimatedRows } from '../../src/graph/estimated-rows.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';
import { isUsersOwn } from '../../src/graph/users-own.ts';
import { live } from '../../src/sources/live/live.ts';
import { readCatalog } from '../../src/sources/live/read-catalog.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { type ServedPostgres, serveEmbedded } from '../../src/testing/serve-embedded.ts';
import { startThrowAwayCluster, type ThrowAwayCluster } from '../../src/testing/throw-away-cluster.ts';

const SCHEMA = `
  create table public.customers (id bigint primary key, e text not null);
  create table public.orders (id bigint primary key, customer_id bigint references public.customers on delete cascade);
  create index on public.orders (customer_id);
  alter table public.customers enable row level security;
  create policy own on public.customers for select using (id > 0);
  create table public.days (day date not null, n int) partition by range (day);
  create table public.days_2024 partition of public.days for values from ('2024-01-01') to ('2025-01-01');
  create table public.days_2025 partition of public.days for values from ('2025-01-01') to ('2026-01-01');
`;

function table(graph: SchemaGraph, name: string) {
  const found = graph.relation({ schema: 'public', name });
  if (found?.kind !== 'table') throw new Error(`no table ${name}`);
  return found;
}

const usersOwn = (graph: SchemaGraph, kind: EntityKind) =>
  graph
    .ofKind(kind)
    .filter((each) => isUsersOwn(graph, each))
    .map((each) => graph.path(each));

describe('embedded Postgres over the wire', () => {
  let database: EmbeddedPostgres;
  let served: ServedPostgres;

  beforeAll(async () => {
    database = await startEmbeddedPostgres();
    await database.exec(`${SCHEMA}
      create extension vector with schema extensions;
      create table public.docs (id uuid primary key references auth.users, e extensions.vector(3));
      create function public.new_user() returns trigger language plpgsql as 'begin return new; end';
      create trigger on_sign_up after insert on auth.users for each row execute function public.new_user();
      create policy mine on storage.objects for select using (bucket_id = 'a');
      alter role authenticator set pgrst.db_schemas = 'public, "API"';
    `);
    served = await serveEmbedded(database);
  });

  afterAll(async () => {
    await served.stop();
    await database.close();
  });

  it('is the same graph as in process', async () => {
    const { graph } = await live({ url: served.url, platform: 'auto' }).read();
    const inProcess = await readCatalog(database);
    expect(compareGraphs(inProcess.graph, graph)).toEqual([]);
    expect([...graph.all()].length).toBeGreaterThan(500);
  });

  it('knows the platform by what is there, and what is the user’s', async () => {
    const { graph, platform, exposedSchemas } = await live({ url: served.url, platform: 'auto' }).read();
    expect(platform).toBe('supabase');
    expect(exposedSchemas).toEqual(['public', 'API']);
    expect(usersOwn(graph, 'table').toSorted()).toEqual([
      'public.customers',
      'public.days',
      'public.days_2024',
      'public.days_2025',
      'public.docs',
      'public.orders',
    ]);
    expect(usersOwn(graph, 'trigger')).toEqual(['auth.users.on_sign_up']);
    expect(usersOwn(graph, 'policy').toSorted()).toEqual(['public.customers.own', 'storage.objects.mine']);
    expect(usersOwn(graph, 'function')).toEqual(['public.new_user()']);
    expect([...usersOwn(graph, 'role'), ...usersOwn(graph, 'schema'), ...usersOwn(graph, 'eventTrigger')]).toEqual([]);
  });
});

describe('a server', () => {
  let cluster: ThrowAwayCluster;
  let graph: SchemaGraph;

  beforeAll(async () => {
    cluster = await startThrowAwayCluster(['autovacuum=off']);
    await run(`${SCHEMA}
      insert into public.customers select i, 'x' from generate_series(1, 5000) i;
      insert into public.orders select i, 1 from generate_series(1, 200) i;
      insert into public.days select '2024-06-01', i from generate_series(1, 30) i;
      insert into public.days select '2025-06-01', i from generate_series(1, 12) i;`);
    await run('analyze public.customers; analyze public.days');
    await run('set enable_seqscan = off; select * from public.orders where id = 7');
    const reading = await live({ url: cluster.url, platform: 'auto' }).read();
    expect(reading.platform).toBe('postgres');
    expect([...reading.provides].toSorted()).toEqual(['privileges', 'statistics']);
    graph = reading.graph;
  });

  afterAll(() => cluster.stop());

  /** In a session of its own: what it counted is told when it ends. */
  async function run(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: cluster.url });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  it('tells rows: estimated, counted, and of partitions together', () => {
    expect(estimatedRows(graph, table(graph, 'customers').id)).toBe(5000);
    expect(estimatedRows(graph, table(graph, 'orders').id)).toBe(200);
    expect(estimatedRows(graph, table(graph, 'days').id)).toBe(42);
  });

  it('tells sizes, scans, and how old the counters are', () => {
    const { statistics } = graph;
    const customers = statistics?.tables.get(table(graph, 'customers').id);
    expect(customers).toMatchObject({ inserted: 5000, deadRows: 0, changedSinceAnalyze: 0, averageRowBytes: 10 });
    expect(customers?.bytes).toBeGreaterThan(100_000);
    expect(customers?.lastAnalyzed).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const times = [statistics?.since, customers?.lastAnalyzed, statistics?.readAt];
    expect(times).toEqual(times.toSorted());
    const key = graph.relation({ schema: 'public', name: 'orders_pkey' });
    expect(key && statistics?.indexes.get(key.id)).toMatchObject({ scans: 1 });
  });
});
