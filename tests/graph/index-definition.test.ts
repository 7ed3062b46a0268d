// An index made again by its definition is the index it was.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { indexDefinition } from '../../src/graph/indexes/index-definition.ts';
import { startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { replaySql } from '../replay/replay-sql.ts';

const FOLDER = new URL('../../fixtures/rules/performance/', import.meta.url);

it.each(['duplicate-index/good.sql', 'redundant-index/good.sql', 'vector-column-unindexed/good.sql'])(
  'the indexes of %s',
  async (file) => {
    const text = readFileSync(fileURLToPath(new URL(file, FOLDER)), 'utf8');
    const { graph } = await replaySql(text, { platform: 'supabase' });
    const database = await startEmbeddedPostgres();
    await database.exec(text);
    let asked = 0;
    for (const index of graph.ofKind('index')) {
      if (index.origin.from === 'platform' || index.constraint !== null || index.parent !== null) continue;
      const name = graph.path(index);
      const definition = () => database.query<{ text: string }>(`select pg_get_indexdef('${name}'::regclass) as text`);
      const before = await definition();
      const made = indexDefinition(graph, index, { name: index.name.name });
      expect(made, name).toBeDefined();
      await database.exec(`drop index ${name}; ${made}`);
      expect(await definition(), name).toEqual(before);
      asked++;
    }
    await database.close();
    expect(asked).toBeGreaterThan(3);
  },
);
