import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindQuery } from '../../src/graph/binding/bind.ts';
import { typeText } from '../../src/graph/types/type-ref.ts';
import { type CatalogNames, type Embedded, openEmbedded, parseQuery } from './embedded.ts';
import { QUERIES } from './queries.ts';
import { SCHEMA } from './schema.ts';

/** For each query: Postgres' own dependencies of a view made of it, and the view's columns, against the binder's. */
describe('a view depends on what its names mean', () => {
  let embedded: Embedded;
  let names: CatalogNames;

  beforeAll(async () => {
    embedded = await openEmbedded(SCHEMA);
    names = await embedded.names();
  });
  afterAll(() => embedded.database.close());

  it.each(QUERIES)('%s', async (query) => {
    const binding = bindQuery(parseQuery(query), names);
    expect(binding.unresolved).toEqual([]);
    await embedded.database.exec(`create view public.probe as ${query}`);
    try {
      await embedded.database.exec(`set search_path = ''`);
      const { rows: depended } = await embedded.database.query<{ name: string }>(DEPENDENCIES);
      const { rows: columns } = await embedded.database.query<{ name: string; type: string }>(COLUMNS);
      const referred = new Set(binding.references.map((reference) => names.nameOf(reference.target)));
      const expected = depended.map((row) => row.name);
      expect(expected.filter((name) => !referred.has(name))).toEqual([]);
      expect(
        [...referred].filter((name) => !expected.some((each) => each === name || each.startsWith(`${name}.`))),
      ).toEqual([]);
      const described = binding.columns.map(({ name, type }) => `${name} ${type ? typeText(type) : '?'}`);
      expect(described).toEqual(columns.map(({ name, type }) => `${name} ${type}`));
    } finally {
      await embedded.database.exec('reset search_path; drop view public.probe');
    }
  });
});

const DEPENDENCIES = `
  select distinct case d.refclassid
    when 'pg_class'::regclass then (select n.nspname || '.' || c.relname || coalesce('.' || a.attname, '') from pg_class c
      join pg_namespace n on n.oid = c.relnamespace left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid and a.attnum > 0
      where c.oid = d.refobjid)
    when 'pg_proc'::regclass then (select n.nspname || '.' || p.proname || '(' || coalesce((select string_agg(format_type(t, -1), ', ' order by at)
      from unnest(p.proargtypes::oid[]) with ordinality u(t, at)), '') || ')' from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid = d.refobjid)
    when 'pg_type'::regclass then (select n.nspname || '.' || coalesce(e.typname, t.typname) from pg_type t left join pg_type e on e.typarray = t.oid
      join pg_namespace n on n.oid = t.typnamespace where t.oid = d.refobjid)
  end as name
  from pg_depend d join pg_rewrite r on r.oid = d.objid
  where d.classid = 'pg_rewrite'::regclass and r.ev_class = 'public.probe'::regclass and d.deptype = 'n'
    and d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)`;

const COLUMNS = `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = 'public.probe'::regclass and attnum > 0 order by attnum`;
