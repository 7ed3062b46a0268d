import { readFileSync } from 'node:fs';

/** An extension as its control file states it (Postgres docs 36.17.1), its script shortened to what SQL can see of it. */
export interface StandInExtension {
  readonly name: string;
  readonly version: string;
  /** The schema the control file forces, if any. */
  readonly schema?: string;
  readonly relocatable: boolean;
  readonly requires?: readonly string[];
  /** The real one has more than its stand-in: what is missing here may exist there. */
  readonly isPartial?: true;
}

/**
 * Extensions that Supabase offers and embedded Postgres has not: `create extension` of one of these makes the same
 * schemas, types, relations and functions as the real one, with bodies that do nothing. Written from the extensions'
 * public interfaces.
 */
export const standInExtensions: readonly StandInExtension[] = [
  { name: 'dblink', version: '1.2', relocatable: true },
  { name: 'http', version: '1.6', relocatable: false },
  { name: 'hypopg', version: '1.4.1', relocatable: true },
  { name: 'index_advisor', version: '0.2.0', relocatable: true, requires: ['hypopg'] },
  { name: 'pg_cron', version: '1.6', schema: 'pg_catalog', relocatable: false },
  { name: 'pg_graphql', version: '1.5.11', schema: 'graphql', relocatable: false },
  { name: 'pg_hashids', version: '1.3', relocatable: true },
  { name: 'pg_jsonschema', version: '0.3.3', relocatable: false },
  { name: 'pg_net', version: '0.20.0', relocatable: false },
  { name: 'pgaudit', version: '17.0', relocatable: true },
  { name: 'pgjwt', version: '0.2.0', relocatable: false, requires: ['pgcrypto'] },
  { name: 'pgmq', version: '1.5.1', schema: 'pgmq', relocatable: false },
  { name: 'pgsodium', version: '3.1.8', schema: 'pgsodium', relocatable: false, isPartial: true },
  { name: 'plpgsql_check', version: '2.7', relocatable: false, isPartial: true },
  { name: 'plv8', version: '3.1.10', schema: 'pg_catalog', relocatable: false },
  { name: 'postgres_fdw', version: '1.2', relocatable: true },
  { name: 'supabase_vault', version: '0.3.1', schema: 'vault', relocatable: false },
  { name: 'wrappers', version: '0.5.0', relocatable: true, isPartial: true },
];

/** The files Postgres looks for in its extension folder: the control file and the script. */
export function standInFiles(extension: StandInExtension): readonly { readonly name: string; readonly text: string }[] {
  const { name, version, schema, relocatable, requires } = extension;
  const control = [
    `default_version = '${version}'`,
    `relocatable = ${relocatable}`,
    ...(schema === undefined ? [] : [`schema = '${schema}'`]),
    ...(requires === undefined ? [] : [`requires = '${requires.join(', ')}'`]),
  ];
  return [
    { name: `${name}.control`, text: `${control.join('\n')}\n` },
    {
      name: `${name}--${version}.sql`,
      text: readFileSync(new URL(`./extensions/${name}.sql`, import.meta.url), 'utf8'),
    },
  ];
}
