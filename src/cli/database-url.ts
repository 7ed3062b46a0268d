import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../errors.ts';
import { readSupabaseConfig } from '../sources/migrations/discovery/supabase-config.ts';
import type { ConnectionArguments } from './arguments/connection-options.ts';
import type { Io } from './io.ts';

export interface DatabaseUrl {
  /** Holds a password: never printed. */
  readonly url: string;
  /** Where it was found, for people. */
  readonly from: string;
}

/** After the options, in this order. */
const VARIABLES = ['DDLINT_DB_URL', 'SUPABASE_DB_URL', 'DATABASE_URL'];

/** `supabase start` without a word in config.toml. */
const LOCAL_PORT = 54322;

/** Which database is meant. @throws ConfigError where nothing says so */
export function databaseUrl(options: ConnectionArguments, io: Io): DatabaseUrl {
  if (options.dbUrl !== undefined) return { url: options.dbUrl, from: '--db-url' };
  if (options.dbUrlFile !== undefined) return { url: urlIn(options.dbUrlFile, io.cwd), from: options.dbUrlFile };
  if (options.local) return { url: localUrl(io.cwd), from: '--local' };
  for (const name of VARIABLES) {
    const url = io.env[name];
    if (url !== undefined && url.trim() !== '') return { url, from: name };
  }
  throw new ConfigError(
    `No database is named. Give --db-url-file FILE, --db-url URL or --local, or set ${VARIABLES.slice(0, -1).join(', ')} or ${VARIABLES.at(-1)}.`,
  );
}

function urlIn(file: string, cwd: string): string {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new ConfigError(`--db-url-file: ${file} cannot be read.`, { cause });
  }
  const line = text.split(/\r?\n/).find((each) => each.trim() !== '');
  if (line === undefined) throw new ConfigError(`--db-url-file: ${file} is empty; it should hold the URL.`);
  return line;
}

function localUrl(cwd: string): string {
  const port = readSupabaseConfig(cwd)?.databasePort ?? LOCAL_PORT;
  return `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`;
}
