import type { Options, PositionalOptions } from 'yargs';
import type { Values } from './values.ts';

/** How one command is written: what `ddlint --help` says of it, and what its arguments mean. */
export interface CommandLine<C extends { readonly name: string }> {
  /** yargs' words for it: `['lint [paths..]', '$0']`. */
  readonly usage: readonly [string, ...string[]];
  readonly summary: string;
  readonly options: Readonly<Record<string, Options>>;
  readonly positionals: Readonly<Record<string, PositionalOptions>>;
  readonly examples: readonly (readonly [string, string])[];
  /** What to say where a positional that must be there is not. */
  readonly lacking?: string;
  /** @throws ConfigError for a value that will not do */
  readonly read: (values: Values) => C;
}

/** The word that calls it. */
export function nameOf({ usage }: CommandLine<{ readonly name: string }>): string {
  return usage[0].split(' ')[0] ?? '';
}
