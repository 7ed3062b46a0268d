// The shared questions on the example projects: what the audits behind them found must be there to be asked for.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { columnsWithRole } from '../../src/graph/lexicon/column-roles.ts';
import { isAuditTable, queueTable } from '../../src/graph/lexicon/table-roles.ts';
import { tenantNames } from '../../src/graph/policies/tenant-columns.ts';
import { type RoutineShape, routineShape } from '../../src/graph/query-shapes/routine-shape.ts';
import { opaqueRoutines, queriesInSchema, unreadRoutines } from '../../src/graph/query-shapes/schema-queries.ts';
import { columnsSetByTriggers } from '../../src/graph/query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';
import { isUsersOwn } from '../../src/graph/users-own.ts';
import { migrations } from '../../src/sources/migrations/migrations.ts';

async function graphOf(project: string): Promise<SchemaGraph> {
  const source = migrations({
    paths: [],
    cwd: join('fixtures', 'projects', project),
    platform: 'auto',
    exposure: 'auto',
  });
  return (await source.read()).graph;
}

describe('omnichat', () => {
  let graph: SchemaGraph;
  beforeAll(async () => {
    graph = await graphOf('omnichat');
  });

  const tables = () => graph.ofKind('table').filter((each) => isUsersOwn(graph, each));
  const table = (name: string) => {
    const found = tables().find((each) => each.name.name === name);
    if (!found) throw new Error(`no table ${name}`);
    return found;
  };
  const shape = (name: string): RoutineShape => {
    const [routine] = graph.functions({ schema: 'public', name });
    if (!routine) throw new Error(`no function ${name}`);
    return routineShape(graph, routine);
  };
  const names = (role: Parameters<typeof columnsWithRole>[2]) =>
    tables().flatMap((each) =>
      columnsWithRole(graph, each.id, role).map((column) => `${each.name.name}.${column.name}`),
    );

  test('everything in it can be read', () => {
    expect(unreadRoutines(graph)).toEqual([]);
    expect(opaqueRoutines(graph)).toEqual([]);
    expect(queriesInSchema(graph).filter(({ query }) => query.unresolved.length > 0)).toEqual([]);
  });

  test('tables', () => {
    expect(
      tables()
        .filter((each) => queueTable(graph, each))
        .map((each) => each.name.name),
    ).toEqual(['embedding_queue', 'entity_extraction_queue']);
    expect(
      tables()
        .filter((each) => isAuditTable(graph, each))
        .map((each) => each.name.name)
        .sort(),
    ).toEqual(['error_logs', 'gdpr_audit_log', 'widget_config_history']);
  });

  test('secrets and money', () => {
    expect(names('secret').sort()).toEqual([
      'customer_configs.shopify_access_token',
      'customer_configs.woocommerce_consumer_key',
      'customer_configs.woocommerce_consumer_secret',
      'organization_invitations.token',
    ]);
    expect(names('money')).toContain('chat_telemetry.cost_usd');
  });

  test('tenants', () => {
    const kinds = new Map(tenantNames(graph, []).map(({ name, kind }) => [name, kind]));
    expect([kinds.get('organization_id'), kinds.get('domain_id')]).toEqual(['tenant', 'tenant']);
  });

  test('jobs are selected and updated one by one, without a lock', () => {
    const [write] = shape('claim_embedding_jobs').writes;
    expect(write?.write.relation).toBe(table('embedding_queue').id);
    expect(write?.loop?.sources.map((each) => each.relation)).toEqual([table('embedding_queue').id]);
    expect([write?.loop?.lock, write?.isOutcomeTested]).toEqual([null, false]);
  });

  test('a job is queued after a look', () => {
    const checks = shape('enqueue_scrape_job').checksThenInserts;
    expect(checks.map((each) => [each.form, each.relation, each.isHandled, each.lockedBy])).toEqual([
      ['exists', table('scrape_jobs').id, false, null],
    ]);
  });

  test('two functions write two tables in opposite order', () => {
    const order = (name: string) => shape(name).writes.map(({ write }) => write.relation);
    const [pages, queue] = [table('scraped_pages').id, table('embedding_queue').id];
    expect(order('mark_page_scraped')).toEqual([pages, queue]);
    expect(order('fail_embedding_job')).toEqual([queue, pages]);
  });

  test('the messages of a conversation are read by time', () => {
    const messages = table('messages');
    const query = shape('get_conversation_history').queries.find((each) => each.role === 'from');
    expect(query?.sources.map((each) => graph.columnNames(each.tests.map((one) => one.column)))).toEqual([
      ['conversation_id'],
    ]);
    expect(query?.order.map((each) => [each.relation, each.descending])).toEqual([[messages.id, true]]);
    expect(query?.limit).toBe('variable');
  });

  test('embeddings are ordered by cosine distance', () => {
    const distances = shape('search_embeddings').queries.flatMap((each) => each.distances);
    expect(distances.filter((each) => each.use === 'order').map((each) => each.operator)).toEqual(['<=>']);
  });

  test('updated_at is set by triggers', () => {
    const { sets, unknown } = columnsSetByTriggers(graph, table('domains').id, 'update');
    expect([sets.map((each) => graph.columnNames([each.column])[0]), unknown]).toEqual([['updated_at'], []]);
  });
});

test.each(['clean', 'plain'])('everything in %s can be read', async (project) => {
  const graph = await graphOf(project);
  expect(unreadRoutines(graph)).toEqual([]);
  expect(queriesInSchema(graph).flatMap(({ query }) => query.unresolved)).toEqual([]);
});
