// What is said to be hashed is hashed by the planner, and what is said to run for each row is not.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { rowSubselects } from '../../src/graph/policies/row-subselects.ts';
import { startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { replaySql } from '../replay/replay-sql.ts';

const FOLDER = new URL('../../fixtures/rules/performance/correlated-policy-subquery/', import.meta.url);

it.each(['bad.sql', 'good.sql'])('the policies of %s', async (file) => {
  const text = readFileSync(fileURLToPath(new URL(file, FOLDER)), 'utf8');
  const { graph } = await replaySql(text, { platform: 'supabase' });
  const database = await startEmbeddedPostgres();
  await database.exec(text);
  let asked = 0;
  for (const { name, table, using, origin } of graph.ofKind('policy')) {
    const owner = graph.get('table', table);
    if (origin.from === 'platform' || using === null) continue;
    const [subselect, another] = rowSubselects(using).filter((each) => !each.relations.includes(table));
    if (subselect === undefined || another !== undefined) continue;
    // Alone in force, and for reading, as other policies and a WHERE are planned in another way.
    const others = graph.ownedBy(table, 'policy').map((each) => `drop policy "${each.name}" on ${graph.path(owner)};`);
    await database.exec(`begin; ${others.join(' ')}
      create policy alone on ${graph.path(owner)} for select using (${using.text}); set local role authenticated;`);
    const lines = await database.query<Record<string, string>>(`explain select from ${graph.path(owner)}`);
    await database.exec('rollback');
    const plan = lines.map((line) => Object.values(line).join('')).join('\n');
    expect(/hashed SubPlan/.test(plan), `${name}\n${plan}`).toBe(subselect.runs === 'hashed');
    asked++;
  }
  await database.close();
  expect(asked).toBeGreaterThan(1);
});
