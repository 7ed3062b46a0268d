import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Where PostgREST looks for names besides the schema that a request is for (docs, db-extra-search-path): what the database itself says, as the
 * role's setting wins over the server's, else what the project's config.toml does. Undefined where neither says it.
 */
export function saidExtraPath(graph: SchemaGraph): readonly string[] | undefined {
  return authenticatorSetting(graph, 'pgrst.db_extra_search_path') ?? graph.extraSearchPath;
}

/** The same, with what Supabase has for those that say nothing (supabase/cli, pkg/config/templates). */
export function extraPath(graph: SchemaGraph): readonly string[] {
  return saidExtraPath(graph) ?? ['public', 'extensions'];
}

/** The schemas that the database itself says its API serves. */
export function saidServedSchemas(graph: SchemaGraph): readonly string[] | undefined {
  return authenticatorSetting(graph, 'pgrst.db_schemas');
}

/** PostgREST reads settings of the role that it connects as (docs, in-database configuration). */
function authenticatorSetting(graph: SchemaGraph, name: string): readonly string[] | undefined {
  const setting = graph.global('role', 'authenticator')?.config.find((each) => each.name === name);
  return setting && listedByComma(setting.value);
}

/** As PostgREST splits its settings. */
export function listedByComma(text: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim().replace(/^"(.*)"$/, '$1'))
    .filter((each) => each !== '');
}
