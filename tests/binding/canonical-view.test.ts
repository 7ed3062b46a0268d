import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindQuery } from '../../src/graph/binding/bind.ts';
import { canonical } from '../../src/graph/binding/canonical.ts';
import { type CatalogNames, type Embedded, openEmbedded, parseQuery } from './embedded.ts';
import { QUERIES } from './queries.ts';
import { SCHEMA } from './schema.ts';

describe('a view is the same as written and as pg_get_viewdef prints it', () => {
  let embedded: Embedded;
  let names: CatalogNames;
  const keyOf = (text: string) => {
    const tree = parseQuery(text);
    return canonical(tree, bindQuery(tree, names), names.nameOf);
  };

  beforeAll(async () => {
    embedded = await openEmbedded(SCHEMA);
    names = await embedded.names();
  });
  afterAll(() => embedded.database.close());

  it.each(QUERIES)('%s', async (query) => {
    await embedded.database.exec(`create view public.probe as ${query}; set search_path = ''`);
    const { rows } = await embedded.database.query<{ text: string }>(
      `select pg_get_viewdef('public.probe'::regclass) as text`,
    );
    await embedded.database.exec('reset search_path; drop view public.probe');
    const [deparsed] = rows;
    expect(keyOf(query), deparsed?.text).toBe(keyOf(deparsed?.text ?? ''));
  });

  it('tells all of them apart', () => {
    const keys = new Map<string, string>();
    for (const query of QUERIES.filter((each) => !each.startsWith('table '))) {
      const key = keyOf(query);
      expect(keys.get(key), query).toBeUndefined();
      keys.set(key, query);
    }
  });
});
