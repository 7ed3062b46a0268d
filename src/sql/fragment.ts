import type { Node } from '@pgsql/types';
import { parseText } from './grammar.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { nestingBound } from './nesting.ts';
import { relocate } from './relocate.ts';

/** What the grammar makes of one statement, with its places mapped; `offset` counts in the text handed over. */
export type Fragment =
  | { readonly ok: true; readonly node: Node }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/**
 * Parses a single statement that starts with a blank or with a word of the caller's (see `parseText`).
 * `place` turns an offset in `handed` into the place that the tree is to have.
 */
export function parseFragment(handed: string, place: (offset: number) => number): Fragment {
  const { nesting, statementBytes } = DEFAULT_LIMITS;
  if (handed.length > statementBytes) return { ok: false, message: 'The statement is too large.', offset: 0 };
  if (handed.length > nesting && nestingBound(handed, 0, handed.length) > nesting * 2) {
    return { ok: false, message: 'The statement is nested too deeply.', offset: 0 };
  }
  const grammar = parseText(handed);
  if (!grammar.ok) return grammar;
  const [first, second] = grammar.statements;
  if (first?.stmt === undefined || second !== undefined) {
    return { ok: false, message: 'This is not one statement.', offset: 0 };
  }
  const { offsets } = grammar;
  relocate(first.stmt, (offset) => place(offsets?.[offset] ?? offset));
  return { ok: true, node: first.stmt };
}
