// What every command that asks a database takes: which one, and how long it may take.
import type { Options } from 'yargs';
import { ConfigError } from '../../errors.ts';
import { flag, lastText, type Values } from './values.ts';

export interface ConnectionArguments {
  readonly dbUrl: string | undefined;
  readonly dbUrlFile: string | undefined;
  readonly local: boolean;
  /** Seconds for connecting, and for each question. */
  readonly timeout: number | undefined;
}

export const CONNECTION_OPTIONS = {
  'db-url': {
    type: 'string',
    describe:
      'The database: postgresql://user:password@host:port/database. Others see it in the process list: see --db-url-file',
  },
  'db-url-file': { type: 'string', describe: 'A file that holds the URL' },
  local: { type: 'boolean', default: false, describe: 'The database that `supabase start` runs here' },
  timeout: { type: 'string', describe: 'Seconds for connecting, and for each query (default: 10 and 60)' },
} as const satisfies Readonly<Record<string, Options>>;

export function connectionArguments(values: Values): ConnectionArguments {
  return {
    dbUrl: lastText(values, 'db-url'),
    dbUrlFile: lastText(values, 'db-url-file'),
    local: flag(values, 'local') ?? false,
    timeout: seconds(values),
  };
}

function seconds(values: Values): number | undefined {
  const text = lastText(values, 'timeout');
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) {
    throw new ConfigError(`--timeout takes a number of seconds up to 3600, not ${JSON.stringify(text)}.`);
  }
  return value;
}
