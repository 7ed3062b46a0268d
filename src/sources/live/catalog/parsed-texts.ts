import type { Node } from '@pgsql/types';
import { expressionRange, type TextRange } from '../../../sql/range.ts';
import { parseExpression } from './parse-deparsed.ts';

/** An expression as pg_get_expr prints it. */
export interface ParsedText {
  readonly tree: Node;
  /** Without brackets around the whole. */
  readonly range: TextRange;
}

/**
 * Parses expressions. now() and its like stand in a catalog a thousand times, as do the conditions of policies: expressions of
 * the same text share one tree, and what its names mean is kept with each.
 */
export class ParsedTexts {
  readonly #known = new Map<string, ParsedText>();

  expression(text: string): ParsedText {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const tree = parseExpression(text);
    const made = { tree, range: expressionRange(tree, text) };
    this.#known.set(text, made);
    return made;
  }
}
