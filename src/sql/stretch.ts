import type { Node, RawStmt } from '@pgsql/types';
import { parseText } from './grammar.ts';
import { relocate } from './relocate.ts';

/** A statement that the grammar sees in a stretch of a file. */
export interface Parsed {
  readonly node: Node;
  /** Where the grammar's own range for it starts: after the semicolon before it. */
  readonly from: number;
  readonly to: number;
}

export type Outcome =
  | { readonly ok: true; readonly parsed: readonly Parsed[] }
  | { readonly ok: false; readonly message: string; readonly errorAt: number; readonly exhausted: boolean };

/**
 * Parses text[start, end). What is handed over is preceded by blanks, as many as make the grammar's offsets those of the
 * file where that is cheap, and at least one (see `parseText`).
 */
export function parseStretch(text: string, start: number, end: number): Outcome {
  const padding = start > 0 && start <= end - start ? start : 1;
  const base = start - padding;
  const grammar = parseText(' '.repeat(padding) + text.slice(start, end));
  if (!grammar.ok) return { ...grammar, errorAt: Math.max(start, grammar.offset + base) };
  const { statements, offsets } = grammar;
  const place = (offset: number): number => (offsets?.[offset] ?? offset) + base;
  const moved = base !== 0 || offsets !== undefined;
  return { ok: true, parsed: statements.flatMap((statement) => parsedOf(statement, place, end, moved)) };
}

function parsedOf(raw: RawStmt, place: (offset: number) => number, end: number, moved: boolean): Parsed[] {
  if (raw.stmt === undefined) return [];
  if (moved) relocate(raw.stmt, place);
  const from = raw.stmt_location ?? 0;
  return [{ node: raw.stmt, from: place(from), to: raw.stmt_len === undefined ? end : place(from + raw.stmt_len) }];
}
