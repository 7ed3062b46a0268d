// What every command that replays migrations takes: what was there before the first file.
import type { Options } from 'yargs';
import { oneOf, type Values } from './values.ts';

export interface ReplayArguments {
  readonly platform: 'supabase' | 'postgres' | 'auto' | undefined;
  readonly exposure: 'legacy' | 'explicit-grants' | 'auto' | undefined;
}

export const PLATFORMS = ['supabase', 'postgres', 'auto'] as const;
const EXPOSURES = ['legacy', 'explicit-grants', 'auto'] as const;

export const REPLAY_OPTIONS = {
  platform: { type: 'string', describe: `What is there before the first migration: ${PLATFORMS.join(', ')}` },
  exposure: { type: 'string', describe: `Supabase, new tables: ${EXPOSURES.join(', ')}` },
} as const satisfies Readonly<Record<string, Options>>;

export function replayArguments(values: Values): ReplayArguments {
  return { platform: oneOf(values, 'platform', PLATFORMS), exposure: oneOf(values, 'exposure', EXPOSURES) };
}
