// The functions by which clients get at the rows of a view past row security, whatever the view is set to.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { definerReaders } from '../../src/graph/privileges/definer-readers.ts';
import { replaySql } from '../replay/replay-sql.ts';

const FIXTURE = new URL('../../fixtures/rules/security/security-definer-view/bad-read-by-definer.sql', import.meta.url);

it('names those that give rows out as an owner whom no policy limits', async () => {
  const { graph } = await replaySql(readFileSync(fileURLToPath(FIXTURE), 'utf8'), { platform: 'supabase' });
  const view = graph.relation({ schema: 'public', name: 'every_spell' });
  const table = graph.relation({ schema: 'public', name: 'spells' });
  if (view?.kind !== 'view' || table?.kind !== 'table') throw new Error('the fixture has neither');
  const settings = { clientRoles: ['anon', 'authenticated', 'public'], exposedSchemas: ['public'] };
  const names = definerReaders(graph, view, [table], settings).map(({ name }) => name.name);
  expect(names.sort()).toEqual(['find_spells', 'list_spells']);
});
