import { readFileSync } from 'node:fs';

/** An extension as its control file states it (Postgres docs 36.17.1), its script shortened to what SQL can see of it. */
export interface StandInExtension {
  readonly name: string;
  readonly version: string;
  /** The schema the control file forces, if any. */
  readonly schema?: string;
  readonly relocatable: boolean;
  readonly requires?: readonly string[];
}

/**
 * Extensions that Supabase offers and embedded Postgres has not: `create extension` of one of these makes the same
 * schemas, types, relations and functions as the real one, with bodies that do nothing. Written from the extensions'
 * public interfaces.
 */
export const standInExtensions: readonly StandInExtension[] = [
  { name: 'pg_cron', version: '1.6', schema: 'pg_catalog', relocatable: false },
  { name: 'pg_net', version: '0.20.0', relocatable: false },
  { name: 'pgmq', version: '1.5.1', relocatable: false },
  { name: 'supabase_vault', version: '0.3.1', schema: 'vault', relocatable: false },
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
