import yargs, { type Argv } from 'yargs';
import { ConfigError } from '../../errors.ts';
import { didYouMean } from '../../rule/nearest.ts';
import { type CommandLine, nameOf } from './command-line.ts';
import { COMMANDS, type Command } from './commands.ts';
import type { Values } from './values.ts';

/**
 * What the arguments ask for.
 * @throws ConfigError for an option, a value or a command there is not
 */
export async function parseArguments(argv: readonly string[], version: string, columns: number): Promise<Command> {
  // Behind -- everything is a path, whatever it starts with.
  const dashes = argv.indexOf('--');
  const behind = dashes === -1 ? [] : argv.slice(dashes + 1);
  const before = dashes === -1 ? argv : argv.slice(0, dashes);
  let command: Command | undefined;
  let printed = '';
  const parser = yargs([...before])
    .scriptName('ddlint')
    .locale('en')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    });
  for (const line of COMMANDS) {
    parser.command([...line.usage], line.summary, describe(line), (values: Values) => {
      command = line.read(withPaths(values, behind, line));
      throw UNDERSTOOD;
    });
  }
  parser
    .strict()
    .help()
    .alias('help', 'h')
    .version(version)
    .wrap(Math.min(columns, 110))
    .exitProcess(false)
    .epilogue('Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 could not do the job.')
    .fail((message, error) => {
      throw error ?? new ConfigError(inOurWords(message, before));
    });
  try {
    await parser.parseAsync([...before], {}, (_error: unknown, _values: unknown, output: string) => {
      printed = output;
    });
  } catch (error) {
    if (error !== UNDERSTOOD) throw error;
  }
  if (printed !== '') return { name: 'print', text: `${printed}\n` };
  if (command === undefined) throw new ConfigError('No command. `ddlint --help` lists all.');
  return command;
}

/** Ends the reading: yargs would go on and lay out the help, in case somebody asks, which takes longer than all before it. */
const UNDERSTOOD = new Error('the arguments are understood');

type AnyCommandLine = CommandLine<{ readonly name: string }>;

function describe({ options, positionals, examples }: AnyCommandLine): (parser: Argv) => Argv {
  return (parser) => {
    for (const [name, positional] of Object.entries(positionals)) parser.positional(name, positional);
    for (const [written, meaning] of examples) parser.example(written, meaning);
    return parser.options({ ...options });
  };
}

function withPaths(values: Values, behind: readonly string[], { positionals }: AnyCommandLine): Values {
  if (behind.length === 0) return values;
  if (positionals.paths === undefined)
    throw new ConfigError(`Unexpected argument ${JSON.stringify(behind[0])} behind --.`);
  return { ...values, paths: [values.paths ?? [], behind].flat() };
}

/** yargs' own refusals, as a sentence that says what to do. */
function inOurWords(message: string, argv: readonly string[]): string {
  const unknown = /^Unknown arguments?: (.*)$/m.exec(message)?.[1]?.split(', ')[0];
  if (unknown !== undefined) {
    const written = argv.find((each) => each.replace(/^-+/, '').split('=')[0] === unknown) ?? unknown;
    if (!written.startsWith('-'))
      return `Unexpected argument ${JSON.stringify(written)}. \`ddlint --help\` says what there is.`;
    return `Unknown option ${written.split('=')[0]}.${didYouMean(unknown, optionNames(argv))} \`ddlint --help\` lists all.`;
  }
  const lacking = /Not enough arguments following: (.*)/.exec(message)?.[1];
  if (lacking !== undefined) return `--${lacking} needs a value.`;
  if (message.startsWith('Not enough non-option arguments')) return calledIn(argv)?.lacking ?? `${message}.`;
  return `${message.split('\n')[0]}.`;
}

/** The command that the arguments call; lint needs no word. */
function calledIn(argv: readonly string[]): AnyCommandLine | undefined {
  return COMMANDS.find((each) => argv.includes(nameOf(each))) ?? COMMANDS[0];
}

function optionNames(argv: readonly string[]): readonly string[] {
  return [...Object.keys(calledIn(argv)?.options ?? {}), 'no-config', 'no-color', 'help', 'version'];
}
