import type { Node } from '@pgsql/types';
import { parseExpression } from './parse-deparsed.ts';

/**
 * Parses expressions. now() and its like stand in a catalog a thousand times, as do the conditions of policies: expressions of
 * the same text share one tree, and what its names mean is kept with each.
 */
export class ParsedTexts {
  readonly #trees = new Map<string, Node>();

  expression(text: string): Node {
    const known = this.#trees.get(text);
    if (known !== undefined) return known;
    const tree = parseExpression(text);
    this.#trees.set(text, tree);
    return tree;
  }
}
