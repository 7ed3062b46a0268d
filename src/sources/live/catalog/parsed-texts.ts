import type { Node } from '@pgsql/types';
import { parseExpression } from './parse-deparsed.ts';

/** Parses expressions; now() and its like stand in a catalog a thousand times. Each answer is a tree of its own. */
export class ParsedTexts {
  readonly #first = new Map<string, Node>();
  readonly #again = new Map<string, string>();

  expression(text: string): Node {
    const first = this.#first.get(text);
    if (first === undefined) {
      const tree = parseExpression(text);
      this.#first.set(text, tree);
      return tree;
    }
    const json = this.#again.get(text) ?? JSON.stringify(first);
    this.#again.set(text, json);
    return JSON.parse(json) as Node;
  }
}
