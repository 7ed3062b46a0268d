import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isSameNoun } from './noun.ts';
import { wordsOf } from './words.ts';

const COUNT_WORDS: ReadonlySet<string> = new Set(['count', 'counts', 'total', 'number']);
/** Words that say of which time the rows are: `weekly_session_count`. */
const PERIODS: ReadonlySet<string> = new Set([
  'hourly',
  'daily',
  'weekly',
  'monthly',
  'quarterly',
  'yearly',
  'annual',
  'today',
  'lifetime',
  'current',
  'recent',
]);

/** Does a counter count the rows of some time only? */
export function isOfPeriod(counter: EntityOf<'column'>): boolean {
  return wordsOf(counter.name).some((word) => PERIODS.has(word));
}

/**
 * The table whose rows a counter counts: a child of the counter's table (it has a foreign key to it) that bears the name,
 * `comment_count`, `total_comments` or `daily_comment_count` for comments or post_comments. Undefined for a number that counts
 * no table's rows (word_count).
 */
export function countedTable(graph: SchemaGraph, counter: EntityOf<'column'>): EntityOf<'table'> | undefined {
  const words = wordsOf(counter.name);
  const counted = words.filter((word) => !COUNT_WORDS.has(word) && !PERIODS.has(word));
  const noun = counted.at(-1);
  if (noun === undefined || isAmount(counter, words)) return undefined;
  for (const key of graph.referencedBy(counter.relation)) {
    const child = graph.find(key.table);
    if (child?.kind !== 'table') continue;
    const name = wordsOf(child.name.name);
    const tail = name.slice(-counted.length);
    if (tail.length === counted.length && tail.every((word, at) => isSameNoun(word, counted[at] ?? ''))) return child;
  }
  return undefined;
}

/** `total_tax numeric(15,2)`, in which a part of one has a place and which is therefore what the rows come to: what is called a count is one all the same where that is not said. */
function isAmount({ type }: EntityOf<'column'>, words: readonly string[]): boolean {
  if (type === null || type.isArray || type.name.schema !== 'pg_catalog' || !FRACTIONAL.has(type.name.name))
    return false;
  const [precision, scale] = type.modifiers;
  return precision === undefined ? words.at(-1) !== 'count' : Number(scale ?? 0) > 0;
}

const FRACTIONAL: ReadonlySet<string> = new Set(['numeric', 'float4', 'float8']);
