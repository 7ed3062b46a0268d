// Whether a DELETE that takes both sides of a key along goes through: the server deletes the rows and says so.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blockedDelete, tablesAbove, wouldBeginChain } from '../../src/graph/deletes/cascades.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { replaySql } from '../replay/replay-sql.ts';

const TABLES = 7;

let db: EmbeddedPostgres;
beforeAll(async () => {
  db = await startEmbeddedPostgres({ platform: 'postgres' });
}, 60_000);
afterAll(() => db.close());

/** Each table may have a cascading key to each one before it, and one key has no action, or RESTRICT. */
const schemas = fc
  .record({
    edges: fc.shuffledSubarray(
      Array.from({ length: TABLES }, (_, child) =>
        Array.from({ length: child }, (_, parent) => [child, parent] as const),
      ).flat(),
      { minLength: TABLES - 1, maxLength: TABLES + 1 },
    ),
    child: fc.integer({ min: 4, max: TABLES - 1 }),
    action: fc.constantFrom('', ' on delete restrict'),
  })
  .chain(({ edges, child, action }) =>
    fc.integer({ min: 1, max: 3 }).map((parent) => ({ edges, child, parent, action })),
  );

it('says of which rows a DELETE fails', async () => {
  const seen = { sure: 0, order: 0, free: 0 };
  await fc.assert(
    fc.asyncProperty(schemas, async ({ edges, child, parent, action }) => {
      const tables = Array.from({ length: TABLES }, (_, i) => `create table t${i} (id int primary key);`);
      const keys = edges.map(
        ([from, to]) => `alter table t${from} add column to_${to} int references t${to} on delete cascade;`,
      );
      const checked = `alter table t${child} add column checked int, add constraint checked foreign key (checked) references t${parent}${action};`;
      const schema = [...tables, ...keys, checked].join('\n');
      const { graph } = await replaySql(schema);
      const key = graph.ofKind('foreignKey').find(({ name }) => name === 'checked');
      if (key === undefined) throw new Error('no key');
      const blocked = blockedDelete(graph, key);
      const above = tablesAbove(graph, key.table);
      const roots = [...tablesAbove(graph, key.referencedTable).keys()]
        .filter((id) => id !== key.referencedTable && above.has(id))
        .map((id) => graph.get('table', id).name.name);
      const rows = [
        ...tables.map((_, i) => `insert into t${i} (id) values (1);`),
        ...edges.map(([from, to]) => `update t${from} set to_${to} = 1;`),
        `update t${child} set checked = 1;`,
      ];
      await db.exec(`begin; ${schema} ${rows.join(' ')}`);
      const failing: string[] = [];
      for (const root of roots) {
        await db.exec('savepoint before');
        await db.exec(`delete from ${root}`).catch(() => failing.push(root));
        await db.exec('rollback to before');
      }
      await db.exec('rollback');
      if (blocked === undefined) expect(failing).toEqual([]);
      else if (blocked.refusal === 'always') expect(failing).toContain(graph.get('table', blocked.table).name.name);
      seen[blocked === undefined ? 'free' : blocked.refusal === 'always' ? 'sure' : 'order'] +=
        roots.length > 0 ? 1 : 0;
    }),
    { numRuns: 200, seed: 7 },
  );
  expect(Object.values(seen).every((count) => count > 3)).toBe(true);
}, 120_000);

it('by the order of the keys a DELETE passes or fails', async () => {
  const [labels, albums] = ['labels', 'albums'].map(
    (name) => `create table ${name} (id int primary key, studio int references studios on delete cascade);`,
  );
  const link = 'create table links (album int references albums on delete cascade, label int references labels);';
  const rows = ['studios values (1)', 'labels values (1, 1)', 'albums values (1, 1)', 'links values (1, 1)'];
  const outcomes: string[] = [];
  for (const tables of [
    [labels, albums],
    [albums, labels],
  ]) {
    const schema = ['create table studios (id int primary key);', ...tables, link].join('\n');
    const { graph } = await replaySql(schema);
    const key = graph.ofKind('foreignKey').find(({ name }) => name === 'links_label_fkey');
    if (key === undefined) throw new Error('no key');
    expect(blockedDelete(graph, key)?.refusal).toBe('keys');
    await db.exec(`begin; ${schema} ${rows.map((each) => `insert into ${each};`).join(' ')}`);
    outcomes.push(
      await db.exec('delete from studios').then(
        () => 'passes',
        (error: Error) => error.message,
      ),
    );
    await db.exec('rollback');
  }
  expect(outcomes).toEqual([
    'update or delete on table "labels" violates foreign key constraint "links_label_fkey" on table "links"',
    'passes',
  ]);
});

it('a key begins a chain where none was, not where one goes on or rows are near already', async () => {
  const { graph } = await replaySql(`
    create table a (id int primary key);
    create table b (id int primary key, a int references a on delete cascade);
    create table c (id int primary key, b int references b);
    create table d (id int primary key, c int references c on delete cascade, a int references a on delete cascade);
    create table e (id int primary key, c int references c on delete cascade);
  `);
  const id = (name: string) => {
    const table = graph.ofKind('table').find((each) => each.name.name === name);
    if (table === undefined) throw new Error(name);
    return table.id;
  };
  expect(wouldBeginChain(graph, id('c'), id('b'))).toBe(true);
  expect(wouldBeginChain(graph, id('d'), id('b'))).toBe(false);
  expect(wouldBeginChain(graph, id('c'), id('a'))).toBe(false);
});
