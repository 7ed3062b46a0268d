import { describe, expect, it } from 'vitest';
import { audit } from '../src/audit/audit.ts';
import type { Selection } from '../src/engine/select.ts';
import { RuleError } from '../src/errors.ts';
import type { EntityId } from '../src/graph/entity-id.ts';
import type { Migration, Statement } from '../src/graph/journal.ts';
import { SchemaBuilder, type Writer } from '../src/graph/schema-builder.ts';
import type { AddressedRule } from '../src/rule/addressed-rule.ts';
import { type AnyRule, defineRule } from '../src/rule/index.ts';
import type { Reading, Source } from '../src/sources/source.ts';

const FILE = 'migrations/1_init.sql';
const TEXT = 'create table a ();\ncreate table b ();\n';
const MIGRATION: Migration = {
  index: 0,
  file: FILE,
  version: '1',
  name: 'init',
  skipped: null,
  misnamed: null,
  hasDown: false,
  at: { file: FILE, start: 0, end: 18 },
};

function statement(index: number, start: number, end: number): Statement {
  const at = { file: FILE, start, end };
  const node = { CreateStmt: {} };
  return { index, migration: MIGRATION, kind: 'CreateStmt', node, at, within: null, inTransactionBlock: false };
}

const FIRST = statement(0, 0, 18);
const SECOND = statement(1, 19, 37);

function schema(builder: SchemaBuilder, name: string, by: Writer) {
  return builder.create({ kind: 'schema', name, owner: 1 as EntityId, acl: [] }, by);
}

function table(builder: SchemaBuilder, schemaName: string, name: string, by: Writer, more: object = {}) {
  return builder.create(
    {
      kind: 'table',
      name: { schema: schemaName, name },
      persistence: 'permanent',
      rowSecurity: false,
      forceRowSecurity: false,
      inherits: [],
      partitionOf: null,
      partitionBound: null,
      partitionKey: null,
      options: [],
      replicaIdentity: 'default',
      ofType: null,
      owner: 1 as EntityId,
      acl: [],
      ...more,
    },
    by,
  );
}

function policy(builder: SchemaBuilder, on: EntityId, name: string, by: Writer) {
  return builder.create(
    {
      kind: 'policy',
      table: on,
      name,
      command: 'all',
      isPermissive: true,
      roles: ['public'],
      using: null,
      check: null,
    },
    by,
  );
}

function sourceOf(builder: SchemaBuilder, more: Partial<Reading> = {}): Source {
  const { graph, journal } = builder.build();
  return {
    name: 'hand-built',
    read: async () => ({
      graph,
      journal,
      migrations: [MIGRATION],
      statements: [],
      provides: new Set(['history']),
      texts: new Map([[FILE, TEXT]]),
      notUnderstood: [],
      doubts: graph.doubts,
      counts: { files: 1, statements: 2, rejected: 0, passedOver: 0 },
      notes: [],
      platform: 'supabase',
      exposedSchemas: ['public'],
      migrationTool: 'supabase',
      ...more,
    }),
  };
}

const namedTable = defineRule({
  meta: {
    id: 'named-table',
    category: 'design',
    severity: 'low',
    summary: 'A table exists.',
    why: 'Tests need one.',
    remedy: 'None.',
    messages: { seen: 'Table {{table}} exists.' },
    restsOn: ['rowSecurity'],
  },
  visit: {
    table(each, { graph, report }) {
      report({ entity: each, message: 'seen', data: { table: graph.path(each) } });
    },
  },
});

const namedPolicy = defineRule({
  meta: { ...namedTable.meta, id: 'named-policy', severity: 'high', messages: { seen: 'Policy {{policy}} exists.' } },
  visit: {
    policy(each, { report }) {
      report({ entity: each, message: 'seen', data: { policy: each.name } });
    },
  },
});

function rules(...list: AnyRule[]): AddressedRule[] {
  return list.map((rule) => ({ id: rule.meta.id, rule }));
}

function selection(more: Partial<Selection> = {}): Selection {
  return { preset: 'strict', settings: new Map(), only: [], ...more };
}

async function reportOf(builder: SchemaBuilder, list: AddressedRule[], more: Partial<Selection> = {}, reading = {}) {
  const { report } = await audit(sourceOf(builder, reading), { rules: list, selection: selection(more) });
  return report;
}

describe('what rules are shown', () => {
  it("is the user's objects and what hangs on the platform's tables, no more", async () => {
    const builder = new SchemaBuilder();
    schema(builder, 'public', 'platform');
    schema(builder, 'storage', 'platform');
    const extension = builder.create({ kind: 'extension', name: 'postgis', schema: null }, FIRST);
    const objects = table(builder, 'storage', 'objects', 'platform');
    table(builder, 'public', 'mine', FIRST);
    table(builder, 'storage', 'squatter', FIRST);
    table(builder, 'public', 'spatial_ref_sys', FIRST, { extension: extension.id });
    table(builder, 'public', 'elsewhere', FIRST, { isAssumed: true });
    policy(builder, objects.id, 'own files', SECOND);
    policy(builder, objects.id, 'built in', 'platform');
    const report = await reportOf(builder, rules(namedTable, namedPolicy));
    expect(report.findings.map((each) => each.message)).toEqual([
      'Policy own files exists.',
      'Table public.mine exists.',
    ]);
    expect(report.objects.get('table')).toBe(1);
  });

  it('is each change and each migration, which need history', async () => {
    const builder = new SchemaBuilder();
    table(builder, 'public', 'a', FIRST);
    const seen: string[] = [];
    const watcher = defineRule({
      meta: { ...namedTable.meta, id: 'watcher', messages: {} },
      visit: {
        change: (change) => void seen.push(change.type),
        migration: (migration) => void seen.push(migration.file),
      },
    });
    await reportOf(builder, rules(watcher));
    expect(seen).toEqual(['created', FILE]);
    const without = await reportOf(builder, rules(watcher), {}, { provides: new Set() });
    expect(without.skipped).toEqual([{ ruleId: 'watcher', needs: ['history'] }]);
    expect(without.rules).toEqual([]);
  });
});

describe('findings', () => {
  it('are withheld and counted where a doubt reaches what they rest on', async () => {
    const builder = new SchemaBuilder();
    schema(builder, 'public', 'platform');
    table(builder, 'public', 'a', FIRST);
    const at = SECOND.at;
    builder.doubt({ what: 'a DO block that builds SQL', at, aspects: ['rowSecurity'], reach: 'any' });
    table(builder, 'public', 'later', SECOND);
    const report = await reportOf(builder, rules(namedTable));
    expect(report.findings.map((each) => each.object.name)).toEqual(['public.later']);
    expect(report.withheld).toMatchObject([
      { ruleId: 'named-table', count: 1, doubts: [{ what: 'a DO block that builds SQL', at }] },
    ]);
  });

  it('are sorted by severity, rule, object and place, by code units', async () => {
    const builder = new SchemaBuilder();
    const b = table(builder, 'public', 'b', FIRST);
    table(builder, 'public', 'ä', FIRST);
    table(builder, 'public', 'Z', FIRST);
    policy(builder, b.id, 'p', FIRST);
    const report = await reportOf(builder, rules(namedTable, namedPolicy));
    expect(report.findings.map((each) => each.object.name)).toEqual([
      'public.b.p',
      'public."Z"',
      'public."ä"',
      'public.b',
    ]);
  });

  it('keep their fingerprint when lines move, and differ when objects do', async () => {
    const twice = defineRule({
      meta: namedTable.meta as never,
      visit: {
        table(each, { report }) {
          for (let i = 0; i < 2; i++) report({ entity: each, message: 'seen', data: { table: 't' } } as never);
        },
      },
    });
    const fingerprints = async (by: Statement, name: string) => {
      const builder = new SchemaBuilder();
      table(builder, 'public', name, by);
      const { findings } = await reportOf(builder, rules(twice));
      return findings.map((each) => each.fingerprint);
    };
    const here = await fingerprints(FIRST, 'a');
    expect(new Set(here).size).toBe(2);
    expect(await fingerprints(SECOND, 'a')).toEqual(here);
    expect(await fingerprints(FIRST, 'b')).not.toEqual(here);
  });

  it('never expand placeholders that a name brings along', async () => {
    const builder = new SchemaBuilder();
    table(builder, 'public', '{{table}} $& __proto__', FIRST);
    const { findings } = await reportOf(builder, rules(namedTable));
    expect(findings[0]?.message).toBe('Table public."{{table}} $& __proto__" exists.');
  });

  it('end in a RuleError that names the rule when a rule throws', async () => {
    const builder = new SchemaBuilder();
    table(builder, 'public', 'a', FIRST);
    const broken = defineRule({
      meta: { ...namedTable.meta, id: 'broken', messages: {} },
      visit: {
        table() {
          throw new TypeError('oh no');
        },
      },
    });
    const failing = reportOf(builder, rules(broken));
    await expect(failing).rejects.toThrow(RuleError);
    await expect(failing).rejects.toThrow('rule broken failed: oh no');
  });
});

describe('selection', () => {
  const likely: AnyRule = { ...namedTable, meta: { ...namedTable.meta, id: 'likely-one', confidence: 'likely' } };
  const list = rules(namedTable, namedPolicy, likely);
  const ran = async (more: Partial<Selection>) => {
    const report = await reportOf(new SchemaBuilder(), list, more);
    return report.rules.map((each) => each.id);
  };

  it('recommended has certain rules, strict all, security its category', async () => {
    expect(await ran({ preset: 'recommended' })).toEqual(['named-policy', 'named-table']);
    expect(await ran({ preset: 'strict' })).toEqual(['likely-one', 'named-policy', 'named-table']);
    expect(await ran({ preset: 'security' })).toEqual([]);
  });

  it('a setting for the rule wins over one for its category', async () => {
    const settings = new Map([
      ['named-table', { level: 'critical' as const, options: {} }],
      ['design/*', { level: 'off' as const, options: {} }],
    ]);
    expect(await ran({ settings })).toEqual(['named-table']);
    const builder = new SchemaBuilder();
    table(builder, 'public', 'a', FIRST);
    const { findings } = await reportOf(builder, list, { settings });
    expect(findings.map((each) => each.severity)).toEqual(['critical']);
  });

  it('`only` runs just these', async () => {
    expect(await ran({ preset: 'security', only: ['likely-one'] })).toEqual(['likely-one']);
  });
});
