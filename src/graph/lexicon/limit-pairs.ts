import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isSameNoun } from './noun.ts';
import { wordsOf } from './words.ts';

type Column = EntityOf<'column'>;

/** How often something was done, and how often it may be. */
export interface LimitPair {
  readonly counter: Column;
  readonly limit: Column;
}

const LIMIT_WORDS: ReadonlySet<string> = new Set(['max', 'maximum', 'limit', 'allowed']);
const COUNT_WORDS: ReadonlySet<string> = new Set(['count', 'counter', 'total', 'number', 'num', 'current', 'times']);
/** How often something was tried is compared by whoever tries again. */
const TRIES: readonly string[] = ['attempt', 'retry', 'try', 'failure', 'fail', 'error'];
/** One word for what is done with a coupon, an invitation or a link. */
const USES: ReadonlySet<string> = new Set(['use', 'uses', 'used', 'usage', 'usages']);

/** The whole numbers of a table that pair by name: `max_uses` and `use_count`, `redemption_limit` and `redemptions`. */
export function limitPairs(graph: SchemaGraph, table: EntityId): readonly LimitPair[] {
  const numbers = graph.columns(table).filter((each) => typeClass(graph, each.type) === 'integer');
  return numbers.flatMap((limit) => {
    const noun = nounIn(limit, LIMIT_WORDS);
    if (noun === undefined || TRIES.some((each) => isSameNoun(each, noun))) return [];
    const counters = numbers.filter((each) => {
      const counted = nounIn(each, COUNT_WORDS) ?? soleNoun(each);
      return each !== limit && counted !== undefined && isSame(counted, noun);
    });
    const [counter, another] = counters;
    return counter === undefined || another !== undefined ? [] : [{ counter, limit }];
  });
}

/** The one word beside words of a kind, of which there is one at least. */
function nounIn({ name }: Column, kind: ReadonlySet<string>): string | undefined {
  const words = wordsOf(name);
  const [noun, another] = words.filter((word) => !kind.has(word));
  return noun === undefined || another !== undefined || words.length < 2 ? undefined : noun;
}

function soleNoun({ name }: Column): string | undefined {
  const [noun, another] = wordsOf(name);
  return another === undefined ? noun : undefined;
}

function isSame(a: string, b: string): boolean {
  return isSameNoun(a, b) || (USES.has(a) && USES.has(b));
}
