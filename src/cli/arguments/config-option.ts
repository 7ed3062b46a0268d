import type { Options } from 'yargs';
import { lastText, type Values } from './values.ts';

export const CONFIG_OPTION = {
  config: { type: 'string', describe: 'The configuration file (--no-config: none)' },
} as const satisfies Readonly<Record<string, Options>>;

/** A file; null for --no-config; undefined to look for one. */
export function configOf(values: Values): string | null | undefined {
  return [values.config].flat().at(-1) === false ? null : lastText(values, 'config');
}
