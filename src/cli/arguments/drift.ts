import { ConfigError } from '../../errors.ts';
import type { CommandLine } from './command-line.ts';
import { CONFIG_OPTION, configOf } from './config-option.ts';
import { CONNECTION_OPTIONS, type ConnectionArguments, connectionArguments } from './connection-options.ts';
import { REPLAY_OPTIONS, type ReplayArguments, replayArguments } from './replay-options.ts';
import { flag, oneOf, texts, type Values } from './values.ts';

export interface DriftArguments extends ReplayArguments, ConnectionArguments {
  /** Migrations, snapshots or URLs: two, or one to be compared with the database of the connection options. */
  readonly sources: readonly string[];
  /** `sql`: one script for the one side that `sql` names. */
  readonly format: 'pretty' | 'json' | 'sql';
  readonly sql: 'left' | 'right' | 'both' | 'none';
  readonly color: boolean | undefined;
  readonly quiet: boolean;
  readonly config: string | null | undefined;
}

const SIDES = ['left', 'right', 'both', 'none'] as const;

export const driftCommand: CommandLine<{ readonly name: 'drift'; readonly options: DriftArguments }> = {
  usage: ['drift [sources..]'],
  summary: 'Compare two schemas: migrations, databases, snapshots',
  positionals: {
    sources: {
      array: true,
      type: 'string',
      describe: 'Folders or .sql files, snapshots (.json) or URLs: two, or one to be compared with the database',
    },
  },
  options: {
    format: { type: 'string', default: 'pretty', describe: 'pretty, json, or sql: one script for a side' },
    sql: { type: 'string', default: 'both', describe: 'The side whose SQL is shown: left, right, both, none' },
    color: { type: 'boolean', describe: 'Colours, whatever reads the output' },
    quiet: { type: 'boolean', default: false, describe: 'No remarks on stderr' },
    ...CONNECTION_OPTIONS,
    ...REPLAY_OPTIONS,
    ...CONFIG_OPTION,
  },
  examples: [
    ['ddlint drift supabase/migrations --local', 'has anybody changed the database by hand?'],
    ['ddlint drift before.json after.json', 'two snapshots'],
    ['ddlint drift supabase/migrations --local --format sql --sql left', 'what was changed by hand, as a migration'],
  ],
  read: (values) => {
    const options = drift(values);
    if (options.format === 'sql' && options.sql !== 'left' && options.sql !== 'right')
      throw new ConfigError('--format sql prints a script for one side: add --sql left or --sql right.');
    return { name: 'drift', options };
  },
};

function drift(values: Values): DriftArguments {
  return {
    sources: sources(values),
    format: oneOf(values, 'format', ['pretty', 'json', 'sql']) ?? 'pretty',
    sql: oneOf(values, 'sql', SIDES) ?? 'both',
    color: flag(values, 'color'),
    quiet: flag(values, 'quiet') ?? false,
    config: configOf(values),
    ...connectionArguments(values),
    ...replayArguments(values),
  };
}

function sources(values: Values): readonly string[] {
  const given = texts(values, 'sources');
  if (given.length > 2) throw new ConfigError(`ddlint drift compares two sources, not ${given.length}.`);
  return given;
}
