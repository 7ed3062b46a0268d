// An index that is said to serve a foreign key is one that the planner takes for its look-ups.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { foreignKeyCoverage } from '../../src/graph/indexes/foreign-key-coverage.ts';
import { startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { replaySql } from '../replay/replay-sql.ts';

const FIXTURE = new URL('../../fixtures/rules/performance/unindexed-foreign-key/good.sql', import.meta.url);

it('the look-ups of the good fixture run on an index', async () => {
  const text = readFileSync(fileURLToPath(FIXTURE), 'utf8');
  const { graph } = await replaySql(text, { platform: 'supabase' });
  const database = await startEmbeddedPostgres();
  await database.exec(text);
  await database.exec('set enable_seqscan = off; set plan_cache_mode = force_generic_plan');
  let asked = 0;
  for (const key of graph.ofKind('foreignKey')) {
    if (key.origin.from === 'platform' || !key.isEnforced || key.parent !== null) continue;
    expect(foreignKeyCoverage(graph, key, []), key.name).toEqual({ by: 'index' });
    const columns = graph.columnNames(key.columns).map((name, i) => `"${name}" = $${i + 1}`);
    const table = graph.path(graph.get('table', key.table));
    const values = columns.map(() => 'null').join(', ');
    await database.exec(`prepare look_up as select 1 from ${table} where ${columns.join(' and ')}`);
    const plan = await database.query<Record<string, string>>(`explain execute look_up (${values})`);
    await database.exec('deallocate look_up');
    expect(plan.map((line) => Object.values(line).join('')).join('\n'), key.name).toMatch(/index/i);
    asked++;
  }
  expect(asked).toBeGreaterThan(8);
  await database.close();
});
