import { replayDiscovered } from '../../src/sources/migrations/migrations.ts';
import type { Reading } from '../../src/sources/source.ts';
import { loadParser } from '../../src/sql/parse.ts';

export interface ReplayOptions {
  readonly platform?: 'supabase' | 'postgres';
  readonly exposure?: 'legacy' | 'explicit-grants';
  /** Of all the files, in place of 1, 2 … */
  readonly version?: string;
}

/** Replays texts as the files 1.sql, 2.sql … of one history. */
export async function replaySql(
  texts: string | readonly string[],
  { platform = 'postgres', exposure = 'legacy', version }: ReplayOptions = {},
): Promise<Reading> {
  await loadParser();
  const files = (typeof texts === 'string' ? [texts] : texts).map((text, index) => ({
    file: `${index + 1}.sql`,
    bytes: new TextEncoder().encode(text),
    migration: {
      index,
      file: `${index + 1}.sql`,
      version: version ?? String(index + 1),
      name: String(index + 1),
      skipped: null,
      misnamed: null,
      hasDown: false,
    },
    blank: (each: string) => each,
    isFilledIn: false,
    includes: new Map(),
  }));
  return replayDiscovered(
    {
      files,
      platform,
      exposure,
      closedFrom: null,
      exposedSchemas: ['public'],
      isExposureAsked: false,
      extraSearchPath: undefined,
      isSignUpOff: false,
      signsUpWithoutEmail: null,
      tool: 'plain',
      notes: [],
    },
    {},
  );
}

/** The problems of a history as short lines: `unknownObject table public.x`. */
export function problemsOf(reading: Reading): readonly string[] {
  return reading.journal.flatMap((change) => {
    if (change.type === 'rejected') return [`rejected ${change.message}`];
    if (change.type !== 'failed') return [];
    const { problem } = change;
    switch (problem.type) {
      case 'unknownObject':
        return [`unknownObject ${problem.objectKind} ${problem.name}`];
      case 'duplicateObject':
        return [`duplicateObject ${reading.graph.path(problem.existing)}`];
      case 'missingExtension':
        return [`missingExtension ${problem.extension}`];
      default:
        return [`refused ${problem.message}`];
    }
  });
}
