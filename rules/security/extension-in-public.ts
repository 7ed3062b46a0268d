import { defineRule, type Fix, quoteIdentifier, sql } from '../../src/rule/index.ts';

/** Extensions that ALTER EXTENSION can move (relocatable in their control file). */
const RELOCATABLE: ReadonlySet<string> = new Set(
  `autoinc bloom btree_gin btree_gist citext cube dblink dict_int earthdistance file_fdw fuzzystrmatch hstore hypopg
  index_advisor insert_username intarray isn lo ltree moddatetime pg_hashids pg_stat_statements pg_trgm pg_uuidv7 pgcrypto
  pgrouting pgtap postgres_fdw refint rum seg tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp vector
  wrappers`.split(/\s+/),
);

export default defineRule({
  meta: {
    id: 'extension-in-public',
    category: 'security',
    severity: 'low',
    summary: 'An extension is installed in the schema public, which the API serves.',
    why: 'The functions, types and tables of the extension stand among your own: the API offers them to clients, a function of yours with the same name and arguments cannot be made, and an upgrade may bring further ones.',
    remedy:
      'Create extensions WITH SCHEMA extensions, which is on the search_path of every Supabase role. One that is there already can be moved if it is relocatable; functions with a pinned search_path then need that schema in it. Not reported: extensions that choose their own schema.',
    messages: {
      exposed: 'The extension {{extension}} is installed in public, which the API serves.',
    },
    restsOn: ['existence'],
    equivalents: ['splinter:0014'],
    references: ['https://supabase.com/docs/guides/database/database-linter?lint=0014_extension_in_public'],
  },
  visit: {
    extension(extension, { graph, settings, report }) {
      if (extension.name === 'plpgsql' || extension.schema === null || !settings.exposedSchemas.includes('public'))
        return;
      if (graph.get('schema', extension.schema).name !== 'public') return;
      const fix = fixFor(extension.name, graph.global('schema', 'extensions') !== undefined);
      report({
        entity: extension,
        ...(extension.setBy.schema === undefined ? {} : { origin: extension.setBy.schema }),
        message: 'exposed',
        data: { extension: quoteIdentifier(extension.name) },
        ...(fix === undefined ? {} : { fix }),
      });
    },
  },
});

function fixFor(name: string, hasSchema: boolean): Fix | undefined {
  if (!RELOCATABLE.has(name)) return undefined;
  return {
    title: 'Move it to the schema extensions (functions with a pinned search_path need that schema in it then)',
    safety: 'review',
    sql: [
      ...(hasSchema ? [] : ['create schema extensions;']),
      sql`alter extension ${name} set schema extensions;`,
    ].join('\n'),
  };
}
