import { ConfigError } from '../../errors.ts';
import type { CommandLine } from './command-line.ts';
import { CONFIG_OPTION, configOf } from './config-option.ts';
import { CONNECTION_OPTIONS, type ConnectionArguments, connectionArguments } from './connection-options.ts';
import { REPLAY_OPTIONS, type ReplayArguments, replayArguments } from './replay-options.ts';
import { flag, lastText, texts } from './values.ts';

export interface SnapshotArguments extends ReplayArguments, ConnectionArguments {
  /** Folders or files to replay; empty = a database. */
  readonly paths: readonly string[];
  readonly output: string;
  readonly offlineStats: boolean;
  readonly config: string | null | undefined;
  readonly quiet: boolean;
}

export const snapshotCommand: CommandLine<{ readonly name: 'snapshot'; readonly options: SnapshotArguments }> = {
  usage: ['snapshot [paths..]'],
  summary: 'Write a schema down as JSON: of a database, or of migrations',
  positionals: { paths: { array: true, type: 'string', describe: 'Folders or .sql files, in place of a database' } },
  options: {
    output: { alias: 'o', type: 'string', describe: 'The file to write; - for stdout' },
    'offline-stats': {
      type: 'boolean',
      default: false,
      describe: 'Keep what the server counted (rows, sizes, scans) too',
    },
    quiet: { type: 'boolean', default: false, describe: 'No remarks on stderr' },
    ...CONNECTION_OPTIONS,
    ...REPLAY_OPTIONS,
    ...CONFIG_OPTION,
  },
  examples: [
    ['ddlint snapshot --local -o schema.json', 'of the database of `supabase start`'],
    ['ddlint snapshot supabase/migrations -o schema.json', 'the schema that migrations make'],
  ],
  read: (values) => {
    const output = lastText(values, 'output');
    if (output === undefined) throw new ConfigError('Where to? ddlint snapshot --output FILE; - is stdout.');
    return {
      name: 'snapshot',
      options: {
        paths: texts(values, 'paths'),
        output,
        offlineStats: flag(values, 'offline-stats') ?? false,
        config: configOf(values),
        quiet: flag(values, 'quiet') ?? false,
        ...connectionArguments(values),
        ...replayArguments(values),
      },
    };
  },
};
