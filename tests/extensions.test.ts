import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readExtensions } from '../scripts/platform/read-extensions.ts';
import { readSystemCatalog } from '../scripts/platform/read-system-catalog.ts';
import { spellJson } from '../scripts/platform/spell-json.ts';
import { typeText } from '../src/graph/types/type-ref.ts';
import { extensionFacts, extensionProviding } from '../src/platform/extension-facts.ts';
import { extensionContents, forcedSchema } from '../src/platform/extensions.ts';
import { supabase } from '../src/platform/supabase.ts';
import { builtinOperatorClasses, predefinedRoles, systemRelation, systemType } from '../src/platform/system-catalog.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/testing/embedded-postgres.ts';
import { standInExtensions } from '../src/testing/stand-in-extensions.ts';

describe('the generated data is what the server says', () => {
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    server = await startEmbeddedPostgres({ platform: 'postgres' });
  });
  afterAll(() => server.close());

  const committed = (name: string) => readFileSync(new URL(`../src/platform/${name}`, import.meta.url), 'utf8');

  test('system-catalog.json', async () => {
    expect(spellJson(await readSystemCatalog(server))).toBe(committed('system-catalog.json'));
  });

  test('extensions.json', async () => {
    expect(spellJson(await readExtensions(server))).toBe(committed('extensions.json'));
  });
});

describe('system catalog', () => {
  test('knows relations with the types of their columns, and the domains among these', () => {
    const policies = systemRelation('pg_catalog', 'pg_policies');
    expect(policies?.columns.map((column) => `${column.name} ${column.type && typeText(column.type)}`)).toContain(
      'roles name[]',
    );
    const column = systemRelation('information_schema', 'tables')?.columns.find((each) => each.name === 'table_name');
    expect(column?.type?.name).toEqual({ schema: 'information_schema', name: 'sql_identifier' });
    expect(systemType('information_schema', 'sql_identifier')).toMatchObject({
      kind: 'domain',
      base: { name: { name: 'name' } },
    });
  });

  test.each(['constructor', '__proto__', 'toString'])('has nothing named %s', (name) => {
    expect(systemRelation('pg_catalog', name)).toBeUndefined();
    expect(systemRelation(name, name)).toBeUndefined();
    expect(builtinOperatorClasses(name).size).toBe(0);
    expect(extensionContents(name, 'public')).toBeUndefined();
    expect(extensionProviding('function', name)).toBeUndefined();
  });

  test('knows operator classes and predefined roles', () => {
    expect(builtinOperatorClasses('btree').get('text_pattern_ops')?.isDefault).toBe(false);
    expect(builtinOperatorClasses('gin').get('jsonb_ops')?.isDefault).toBe(true);
    expect(predefinedRoles()).toContain('pg_read_all_data');
  });
});

describe('extensions', () => {
  test('put their objects where they are installed', () => {
    const vector = extensionContents('vector', 'extensions');
    expect(vector?.types.map((type) => type.name)).toContainEqual({ schema: 'extensions', name: 'vector' });
    expect(vector?.accessMethods).toEqual(['hnsw', 'ivfflat']);
    const [distance] = vector?.functionsNamed({ schema: 'extensions', name: 'cosine_distance' }) ?? [];
    expect(distance?.arguments.map((each) => each.type && typeText(each.type))).toEqual([
      'extensions.vector',
      'extensions.vector',
    ]);
    expect(vector?.functionsNamed({ schema: 'public', name: 'cosine_distance' })).toEqual([]);
    expect(distance?.returns && typeText(distance.returns)).toBe('double precision');
    expect(vector?.operatorClasses.filter((each) => each.method === 'ivfflat' && each.isDefault)).toMatchObject([
      { name: { schema: 'extensions', name: 'vector_l2_ops' } },
    ]);
  });

  test('put fixed objects into the schemas they make', () => {
    const cron = extensionContents('pg_cron', 'extensions');
    expect(forcedSchema('pg_cron')).toBe('pg_catalog');
    const queues = extensionContents('pgmq', 'extensions');
    expect(queues?.functionsNamed({ schema: 'pgmq', name: 'send' })).toHaveLength(6);
    expect(cron?.schemas).toEqual(['cron']);
    expect(cron?.relations.find((each) => each.name.name === 'job')).toMatchObject({
      name: { schema: 'cron', name: 'job' },
      kind: 'table',
      rowSecurity: true,
      primaryKey: ['jobid'],
    });
    const net = extensionContents('pg_net', 'extensions');
    expect(net?.functionsNamed({ schema: 'net', name: 'http_post' })[0]).toMatchObject({
      name: { schema: 'net', name: 'http_post' },
      defaults: 4,
      volatility: 'volatile',
    });
    expect(net?.types.find((each) => each.name.name === 'request_status')?.labels).toEqual([
      'PENDING',
      'SUCCESS',
      'ERROR',
    ]);
  });

  test('say whether the list is complete', () => {
    expect(extensionContents('citext', 'public')?.isComplete).toBe(true);
    expect(extensionContents('postgis', 'public')?.isComplete).toBe(false);
    expect(extensionContents('timescaledb', 'public')?.isComplete).toBe(false);
  });

  test.each([
    ['function', 'uuid_generate_v4', 'uuid-ossp'],
    ['function', 'st_distance', 'postgis'],
    ['function', 'create_hypertable', 'timescaledb'],
    ['type', 'citext', 'citext'],
    ['type', 'geometry', 'postgis'],
    ['operatorClass', 'gin_trgm_ops', 'pg_trgm'],
  ] as const)('the %s %s comes from %s', (kind, name, extension) => {
    expect(extensionProviding(kind, name)).toBe(extension);
  });

  test('every fact of every extension can be read', () => {
    for (const name of extensionFacts().keys()) {
      const contents = extensionContents(name, 'home');
      for (const fn of contents?.functions() ?? [])
        expect(fn.returns?.name.name, `${name} ${fn.name.name}`).not.toBe('');
      for (const type of contents?.types ?? []) expect(type.kind, `${name} ${type.name.name}`).not.toBe('unknown');
    }
  });
});

describe('on a Supabase project', () => {
  test('every stand-in installs, and an extension the server lacks is refused', async () => {
    const server = await startEmbeddedPostgres({ platform: 'supabase' });
    for (const { name } of standInExtensions) await server.exec(`create extension if not exists "${name}" cascade`);
    await server.exec(
      `select cron.schedule('nightly', '0 3 * * *', 'select 1'); select pgmq.create('jobs'); select * from pgmq.q_jobs`,
    );
    await expect(server.exec('create extension postgis')).rejects.toMatchObject({ code: '0A000' });
    await server.close();
  });

  test('what the platform installs is something it offers', () => {
    const { offeredExtensions, bootstrapSql } = supabase('legacy');
    const installed = bootstrapSql().flatMap(({ text }) =>
      [...text.matchAll(/^create extension "?([\w-]+)"?/gm)].map((match) => match[1]),
    );
    expect(installed.length).toBeGreaterThan(3);
    for (const name of installed) expect(offeredExtensions).toContain(name);
  });
});
