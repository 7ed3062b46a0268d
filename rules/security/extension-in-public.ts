import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  extensionUsers,
  type Fix,
  isUsersOwn,
  orList,
  quoteIdentifier,
  raw,
  relatedAt,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;

/** Extensions that ALTER EXTENSION can move (relocatable in their control file). */
const RELOCATABLE: ReadonlySet<string> = new Set(
  `autoinc bloom btree_gin btree_gist citext cube dblink dict_int earthdistance file_fdw fuzzystrmatch hstore hypopg
  index_advisor insert_username intarray isn lo ltree moddatetime pg_hashids pg_stat_statements pg_trgm pg_uuidv7 pgcrypto
  pgrouting pgtap postgres_fdw refint rum seg tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp vector
  wrappers`.split(/\s+/),
);

/** Those that it surely refuses to move (`relocatable = false` there), with the types that columns may have. */
const FIXED: ReadonlyMap<string, readonly string[]> = new Map([
  ['postgis', ['geometry', 'geography', 'box2d', 'box3d']],
  ['postgis_raster', ['raster']],
  ['http', ['http_request', 'http_response', 'http_header']],
  ['pgjwt', []],
  ['pg_jsonschema', []],
  ['pg_partman', []],
  ['plpgsql_check', []],
  ['timescaledb', []],
]);

export default defineRule({
  meta: {
    id: 'extension-in-public',
    category: 'security',
    severity: 'low',
    summary: 'An extension is installed in the schema public, which the API serves.',
    why: 'The functions, types and tables of the extension stand among your own: the API offers them to clients, a function of yours with the same name and arguments cannot be made, and an upgrade may bring further ones.',
    remedy:
      'Create extensions WITH SCHEMA extensions, which is on the search_path of every Supabase role. One that is there already can be moved if it is relocatable; functions of yours that use it and pin their search_path then need that schema in it, as their bodies look names up when they run, and the fix gives it to them. Where one writes public before a name of the extension it has to be written again first, and there is no fix. One that is not relocatable (postgis) has to be dropped and made again, with all columns of its types, so that it mostly stays.',
    scope: ['Not reported: extensions that choose their own schema.'],
    messages: {
      fixed:
        'The extension {{extension}} is installed in public, which the API serves. It is not relocatable: ALTER EXTENSION … SET SCHEMA fails (0A000). To move it means to drop it and make it again WITH SCHEMA extensions{{columns}}{{functions}}.',
      exposed: 'The extension {{extension}} is installed in public, which the API serves.',
      named:
        'The extension {{extension}} is installed in public, which the API serves. Before it is moved, {{functions}} {{have}} to be written again: {{they}} {{look}} for it in public by name, and would fail with {{codes}}.{{pinned}}',
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
      const users = extensionUsers(graph, extension.name, 'public', 'extensions');
      const bySchema = users?.bySchema ?? [];
      const isOne = bySchema.length === 1;
      const about = {
        entity: extension,
        ...(extension.setBy.schema === undefined ? {} : { origin: extension.setBy.schema }),
      };
      const data = { extension: quoteIdentifier(extension.name) };
      const types = FIXED.get(extension.name);
      if (types !== undefined) {
        const usedBy = { columns: columnsText(graph, types), functions: functionsText(graph, extension.name) };
        report({ ...about, message: 'fixed', data: { ...data, ...usedBy } });
        return;
      }
      if (bySchema.length > 0) {
        const names = bySchema.map((each) => `${brief(each.name)}()`);
        const pinned = (users?.byBareName ?? []).filter((each) => !bySchema.includes(each));
        report({
          ...about,
          message: 'named',
          data: {
            ...data,
            functions: andList(names, 3),
            have: isOne ? 'has' : 'have',
            they: isOne ? 'it' : 'they',
            look: isOne ? 'looks' : 'look',
            codes: orList(users?.codes ?? []),
            pinned: pinnedText(pinned),
          },
          related: [
            ...placesOf(bySchema, (name) => `${name}() names public`),
            ...placesOf(pinned, (name) => `${name}() pins a search_path without extensions`),
          ],
        });
        return;
      }
      report({ ...about, message: 'exposed', data, fix: () => fixFor(graph, extension.name, users?.byPath) });
    },
  },
});

/** What goes with it, and has to be made and filled again. */
function columnsText(graph: SchemaGraph, types: readonly string[]): string {
  const columns = graph.ofKind('column').filter(({ relation, type }) => {
    const table = graph.find(relation);
    return table?.kind === 'table' && isUsersOwn(graph, table) && type !== null && types.includes(type.name.name);
  });
  const names = columns.map((each) => graph.path(each));
  return names.length === 0 ? '' : `, and ${andList(names, 4)} with it`;
}

/** Functions that are surely its own by their names. */
const CALLS: ReadonlyMap<string, RegExp> = new Map([
  ['postgis', /\bst_[a-z]\w*\s*\(/i],
  ['http', /\bhttp_(?:get|post|put|delete|head|patch)\s*\(/i],
]);

function functionsText(graph: SchemaGraph, extension: string): string {
  const calls = CALLS.get(extension);
  const users = graph
    .ofKind('function')
    .filter((each) => isUsersOwn(graph, each) && calls?.test(each.body?.text ?? '') === true);
  if (users.length === 0) return '';
  const names = andList(
    users.map(({ name }) => `${brief(name)}()`),
    4,
  );
  return `; ${names} ${users.length === 1 ? 'calls' : 'call'} its functions and ${users.length === 1 ? 'has' : 'have'} to find them there`;
}

/** What fails beside those that name public. */
function pinnedText(pinned: readonly Routine[]): string {
  if (pinned.length === 0) return '';
  const names = andList(
    pinned.map((each) => `${brief(each.name)}()`),
    3,
  );
  return pinned.length === 1
    ? ` ${names} would fail as well, as it pins a search_path without extensions: that has to be added to it.`
    : ` ${names} would fail as well, as they pin a search_path without extensions: that has to be added to it.`;
}

function placesOf(routines: readonly Routine[], note: (name: string) => string) {
  return routines.flatMap((each) => relatedAt(each, note(brief(each.name))));
}

function fixFor(graph: SchemaGraph, name: string, byPath: readonly Routine[] | undefined): Fix | undefined {
  if (!RELOCATABLE.has(name)) return undefined;
  const isThere = graph.global('schema', 'extensions') !== undefined;
  const made = ['create schema extensions;', 'grant usage on schema extensions to public;'];
  return {
    title: titleOf(byPath),
    safety: 'review',
    sql: [
      ...(isThere ? [] : made),
      ...(byPath ?? []).map(
        (each) =>
          sql`alter ${raw(each.routine)} ${raw(graph.path(each))} set search_path = ${raw(withExtensions(each))};`,
      ),
      // Last: it takes along the types by which a function is named.
      sql`alter extension ${name} set schema extensions;`,
    ].join('\n'),
  };
}

function titleOf(byPath: readonly Routine[] | undefined): string {
  const move = 'Move it to the schema extensions';
  if (byPath === undefined) return `${move} (functions with a pinned search_path need that schema in it then)`;
  return byPath.length === 0 ? move : `${move}, and put that into the search_path of the functions that use it`;
}

/** Behind the schemas that are there, and before pg_temp, which stays the last. */
function withExtensions({ config }: Routine): string {
  const path = config.find(({ name }) => name === 'search_path')?.value ?? '';
  const [, schemas = path, last = ''] = /^(.*?)(\s*,\s*"?pg_temp"?\s*)$/s.exec(path) ?? [];
  return `${schemas}, extensions${last}`;
}
