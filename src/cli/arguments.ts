// Over 100 lines: the one place where the command line is described.
import yargs, { type Argv } from 'yargs';
import { ConfigError } from '../errors.ts';
import { didYouMean } from '../rule/nearest.ts';
import { PRESETS, type Preset } from '../rule/setting.ts';
import { SEVERITIES, type Severity } from '../rule/severity.ts';
import type { LintArguments } from './lint.ts';
import { FORMATS } from './reporters.ts';

export type Command =
  | { readonly name: 'lint'; readonly options: LintArguments }
  | { readonly name: 'rules'; readonly format: 'pretty' | 'json'; readonly config: string | null | undefined }
  | { readonly name: 'explain'; readonly rule: string; readonly config: string | null | undefined }
  /** --help and --version: nothing to do but print. */
  | { readonly name: 'print'; readonly text: string };

type Values = Readonly<Record<string, unknown>>;

const COMMANDS = ['lint', 'rules', 'explain'];
const PLATFORMS = ['supabase', 'postgres', 'auto'] as const;
const EXPOSURES = ['legacy', 'explicit-grants', 'auto'] as const;
const FAIL_ON = [...SEVERITIES, 'never'] as const;

/**
 * What the arguments ask for.
 * @throws ConfigError for an option, a value or a command there is not
 */
export async function parseArguments(argv: readonly string[], version: string, columns: number): Promise<Command> {
  // Behind -- everything is a path, whatever it starts with.
  const dashes = argv.indexOf('--');
  const command = await parseBefore(dashes === -1 ? argv : argv.slice(0, dashes), version, columns);
  const behind = dashes === -1 ? [] : argv.slice(dashes + 1);
  if (behind.length === 0 || command.name === 'print') return command;
  if (command.name !== 'lint') throw new ConfigError(`Unexpected argument ${JSON.stringify(behind[0])} behind --.`);
  return { ...command, options: { ...command.options, paths: [...command.options.paths, ...behind] } };
}

async function parseBefore(argv: readonly string[], version: string, columns: number): Promise<Command> {
  let command: Command | undefined;
  let printed = '';
  const parser = yargs([...argv])
    .scriptName('ddlint')
    .locale('en')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .command(
      ['lint [paths..]', '$0'],
      'Audit SQL migrations: folders, files, or what is found here',
      lintOptions,
      (values) => {
        command = { name: 'lint', options: lintArguments(values) };
      },
    )
    .command('rules', 'List the rules', ruleListOptions, (values) => {
      command = {
        name: 'rules',
        format: oneOf(values, 'format', ['pretty', 'json']) ?? 'pretty',
        config: configOf(values),
      };
    })
    .command('explain <rule>', 'Say what a rule looks for, why, and what to do', explainOptions, (values) => {
      command = { name: 'explain', rule: String(values['rule']), config: configOf(values) };
    })
    .strict()
    .help()
    .alias('help', 'h')
    .version(version)
    .wrap(Math.min(columns, 110))
    .exitProcess(false)
    .epilogue('Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 could not do the job.')
    .fail((message, error) => {
      throw error ?? new ConfigError(inOurWords(message, argv));
    });
  await parser.parseAsync([...argv], {}, (_error: unknown, _values: unknown, output: string) => {
    printed = output;
  });
  if (printed !== '') return { name: 'print', text: `${printed}\n` };
  if (command === undefined) throw new ConfigError('No command. `ddlint --help` lists all.');
  return command;
}

function lintOptions(parser: Argv): Argv {
  return configOptions(parser)
    .positional('paths', { array: true, type: 'string', describe: 'Folders or .sql files' })
    .option('format', {
      type: 'string',
      default: 'pretty',
      describe: `How the report is printed: ${FORMATS.join(', ')}`,
    })
    .option('output', { type: 'string', array: true, describe: 'Also write a report: FORMAT=FILE (repeatable)' })
    .option('level', { type: 'string', describe: `Show findings from this severity on: ${SEVERITIES.join(', ')}` })
    .option('fail-on', {
      type: 'string',
      describe: `Exit with 1 from this severity on: ${FAIL_ON.join(', ')} (default: high)`,
    })
    .option('preset', { type: 'string', describe: `Which rules run: ${PRESETS.join(', ')}` })
    .option('rule', { type: 'string', array: true, describe: 'Run only this rule (repeatable)' })
    .option('platform', {
      type: 'string',
      describe: `What is there before the first migration: ${PLATFORMS.join(', ')}`,
    })
    .option('exposure', { type: 'string', describe: `Supabase, new tables: ${EXPOSURES.join(', ')}` })
    .option('all', { type: 'boolean', default: false, describe: 'Show every finding in full' })
    .option('color', { type: 'boolean', describe: 'Colours, whatever reads the output' })
    .option('quiet', { type: 'boolean', default: false, describe: 'No remarks on stderr' })
    .option('timing', { type: 'boolean', default: false, describe: 'Where the time went, on stderr' })
    .example('ddlint', 'audit the migrations of this folder')
    .example('ddlint lint --fail-on medium --output sarif=ddlint.sarif', 'in CI');
}

function ruleListOptions(parser: Argv): Argv {
  return configOptions(parser).option('format', { type: 'string', default: 'pretty', describe: 'pretty or json' });
}

function explainOptions(parser: Argv): Argv {
  return configOptions(parser).positional('rule', { type: 'string', describe: 'A rule id' });
}

function configOptions(parser: Argv): Argv {
  return parser.option('config', { type: 'string', describe: 'The configuration file (--no-config: none)' });
}

function lintArguments(values: Values): LintArguments {
  return {
    paths: texts(values, 'paths'),
    format: lastText(values, 'format') ?? 'pretty',
    output: texts(values, 'output'),
    level: oneOf<Severity>(values, 'level', SEVERITIES),
    failOn: oneOf<Severity | 'never'>(values, 'fail-on', FAIL_ON),
    preset: oneOf<Preset>(values, 'preset', PRESETS),
    rule: texts(values, 'rule'),
    config: configOf(values),
    platform: oneOf(values, 'platform', PLATFORMS),
    exposure: oneOf(values, 'exposure', EXPOSURES),
    color: flag(values, 'color'),
    quiet: flag(values, 'quiet') ?? false,
    timing: flag(values, 'timing') ?? false,
    all: flag(values, 'all') ?? false,
  };
}

function texts(values: Values, name: string): readonly string[] {
  const value = values[name];
  return value === undefined ? [] : [value].flat().map(String);
}

/** An option given twice: the last one holds. */
function lastText(values: Values, name: string): string | undefined {
  const value = texts(values, name).at(-1);
  if (value === '') throw new ConfigError(`--${name} needs a value.`);
  return value;
}

function flag(values: Values, name: string): boolean | undefined {
  const value = [values[name]].flat().at(-1);
  return value === undefined ? undefined : Boolean(value);
}

function oneOf<T extends string>(values: Values, name: string, allowed: readonly T[]): T | undefined {
  const value = lastText(values, name);
  if (value === undefined) return undefined;
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  throw new ConfigError(
    `--${name} must be one of ${allowed.join(', ')}, not ${JSON.stringify(value)}.${didYouMean(value, allowed)}`,
  );
}

function configOf(values: Values): string | null | undefined {
  return [values['config']].flat().at(-1) === false ? null : lastText(values, 'config');
}

/** yargs' own refusals, as a sentence that says what to do. */
function inOurWords(message: string, argv: readonly string[]): string {
  const unknown = /^Unknown arguments?: (.*)$/m.exec(message)?.[1]?.split(', ')[0];
  if (unknown !== undefined) {
    const written = argv.find((each) => each.replace(/^-+/, '').split('=')[0] === unknown) ?? unknown;
    if (!written.startsWith('-'))
      return `Unexpected argument ${JSON.stringify(written)}. \`ddlint --help\` says what there is.`;
    return `Unknown option ${written.split('=')[0]}.${didYouMean(unknown, OPTION_NAMES)} \`ddlint --help\` lists all.`;
  }
  const lacking = /Not enough arguments following: (.*)/.exec(message)?.[1];
  if (lacking !== undefined) return `--${lacking} needs a value.`;
  if (message.startsWith('Not enough non-option arguments'))
    return 'Which rule? ddlint explain RULE; `ddlint rules` lists all.';
  return `${message.split('\n')[0]}.`;
}

const OPTION_NAMES = [
  ...['format', 'output', 'level', 'fail-on', 'preset', 'rule', 'config', 'no-config', 'platform', 'exposure'],
  ...['all', 'color', 'no-color', 'quiet', 'timing', 'help', 'version'],
];

/** A path that is not there but looks like a mistyped command. */
export function mistypedCommand(path: string): string {
  return /^[a-z]+$/.test(path) ? didYouMean(path, COMMANDS).replace('mean ', 'mean the command ') : '';
}
