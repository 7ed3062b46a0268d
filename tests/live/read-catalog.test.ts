import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';
import { typeModifiers } from '../../src/sources/live/catalog/type-modifiers.ts';
import { versionedSql } from '../../src/sources/live/catalog/versioned-sql.ts';
import { readCatalog } from '../../src/sources/live/read-catalog.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';

const FOLDER = new URL('../../src/sources/live/catalog/', import.meta.url);
const QUERIES = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));

describe('queries', () => {
  it.each(QUERIES)('%s names only objects of pg_catalog by their schema', (file) => {
    const sql = versionedSql(file.replace('.sql', ''), 180000).replace(/--.*$/gm, '');
    const relations = [...sql.matchAll(/\b(?:from|join)\s+([\w.]+)/g)].map(([, name]) => name);
    expect(relations.length).toBeGreaterThan(0);
    for (const name of relations)
      expect(name).toMatch(/^(pg_catalog\.\w+|storage\.buckets|supabase_migrations\.schema_migrations)$/);
  });

  it('have the lines of their server version', () => {
    const names = (version: number) => versionedSql('columns', version).match(/\w+(\.\w+)? as not_null_name/g);
    expect(names(180004)).toEqual(['nn.conname as not_null_name']);
    expect(names(170009)).toEqual(['null as not_null_name']);
    expect(names(130000)).toEqual(['null as not_null_name']);
  });

  it('have none that is asked before the version is known', () => {
    expect(versionedSql('optional-tables', 130000)).toBe(versionedSql('optional-tables', 180000));
  });
});

it.each([
  ['numeric(10,2)', ['10', '2']],
  ['character varying(20)[]', ['20']],
  ['timestamp(3) without time zone', ['3']],
  ['interval day to second(2)', ['day to second', '2']],
  ['interval(3)', ['3']],
  ['interval year to month', ['year to month']],
  ['extensions.geometry(Point,4326)', ['Point', '4326']],
  ['extensions.vector', []],
])('modifiers of %s', (text, expected) => {
  expect(typeModifiers(text)).toEqual(expected);
});

describe('reading', () => {
  let database: EmbeddedPostgres;
  let graph: SchemaGraph;

  beforeAll(async () => {
    database = await startEmbeddedPostgres();
    await database.exec(`
      create extension vector with schema extensions;
      create table public.docs (id uuid primary key references auth.users on delete cascade, e extensions.vector(3), "we.ird ""x""" text);
      create index docs_e on public.docs using hnsw (e extensions.vector_cosine_ops) with (m = 8);
      create policy own on public.docs to authenticated using (id = (select auth.uid()));
      insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
      create table public.parts (id int, day date) partition by range (day);
      create table public.part partition of public.parts for values from ('2024-01-01') to ('2025-01-01');
      create function public.f() returns trigger language plpgsql as 'begin return new; end';
      create trigger each_row before insert on public.parts for each row execute function public.f();
      create table public."docs.id" ("a" int);
    `);
    graph = (await readCatalog(database)).graph;
  });

  afterAll(() => database.close());

  const table = (name: string) => {
    const found = graph.relation({ schema: 'public', name });
    if (found?.kind !== 'table') throw new Error(`no table ${name}`);
    return found;
  };

  it('takes one query for each kind, whatever the database holds', async () => {
    const queries: string[] = [];
    await readCatalog({
      query: <Row>(sql: string) => {
        queries.push(sql);
        return database.query<Row>(sql);
      },
    });
    expect(queries.length).toBeLessThan(50);
    expect(new Set(queries).size).toBe(queries.length);
    expect(queries.slice(0, 7)).toEqual([
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      "SET LOCAL search_path = ''",
      "SET LOCAL application_name = 'ddlint'",
      'SET LOCAL statement_timeout = 60000',
      'SET LOCAL lock_timeout = 5000',
      'SET LOCAL idle_in_transaction_session_timeout = 60000',
      'SET LOCAL jit = off',
    ]);
    expect(queries.at(-1)).toBe('ROLLBACK');
  });

  it('reads types of extensions with their modifiers, and marks what belongs to the extension', () => {
    const column = graph.column(table('docs').id, 'e');
    expect(column?.type && graph.typeName(column.type)).toBe('extensions.vector(3)');
    const type = graph.type({ schema: 'extensions', name: 'vector' });
    expect(type?.extension).toBe(graph.global('extension', 'vector')?.id);
  });

  it('reads a key into a platform schema, an operator class that is not the default, and storage options', () => {
    const [key] = graph.ownedBy(table('docs').id, 'foreignKey');
    expect(key && graph.path(graph.get('table', key.referencedTable))).toBe('auth.users');
    expect(key?.onDelete).toBe('cascade');
    const index = graph.ownedBy(table('docs').id, 'index').find((each) => each.method === 'hnsw');
    expect(index?.keys[0]?.opclass).toEqual({ schema: 'extensions', name: 'vector_cosine_ops' });
    expect(index?.options).toEqual([{ name: 'm', value: '8' }]);
  });

  it('binds a policy to what it names', () => {
    const policy = graph.part('policy', table('docs').id, 'own');
    const targets = policy?.using?.references
      .map(({ target }) => graph.find(target))
      .flatMap((each) => (each ? [graph.path(each)] : []));
    expect(targets?.toSorted()).toEqual(['auth.uid()', 'public.docs.id']);
    expect(policy?.using?.unresolved).toEqual([]);
  });

  it('keeps hostile names apart', () => {
    expect(graph.column(table('docs').id, 'we.ird "x"')).toBeDefined();
    expect(graph.columns(table('docs.id').id).map(({ name }) => name)).toEqual(['a']);
  });

  it('reads a trigger of a partitioned table once', () => {
    const triggers = graph.ofKind('trigger').filter((each) => each.name === 'each_row');
    expect(triggers.map((each) => graph.path(each))).toEqual(['public.parts.each_row']);
  });

  it('reads buckets', () => {
    expect(graph.ofKind('bucket').map(({ name, isPublic }) => [name, isPublic])).toEqual([['avatars', true]]);
  });

  it('ends its transaction when a query fails', async () => {
    const broken = {
      query: <Row>(sql: string) =>
        sql.includes('pg_policy') ? Promise.reject(new Error('cut off')) : database.query<Row>(sql),
    };
    await expect(readCatalog(broken)).rejects.toThrow('cut off');
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
    await database.exec('create table public.still_writable (a int); drop table public.still_writable');
  });
});
