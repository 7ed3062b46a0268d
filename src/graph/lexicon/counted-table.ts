import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isSameNoun } from './noun.ts';
import { wordsOf } from './words.ts';

/**
 * The table whose rows a counter counts: a child of the counter's table (it has a foreign key to it) that bears the name,
 * `comment_count` or `total_comments` for comments or post_comments. Undefined for a number that counts no table's rows (word_count).
 */
export function countedTable(graph: SchemaGraph, counter: EntityOf<'column'>): EntityOf<'table'> | undefined {
  const words = wordsOf(counter.name);
  const counted = words.filter(
    (word) => word !== 'count' && word !== 'counts' && word !== 'total' && word !== 'number',
  );
  const noun = counted.at(-1);
  if (noun === undefined) return undefined;
  for (const key of graph.referencedBy(counter.relation)) {
    const child = graph.find(key.table);
    if (child?.kind !== 'table') continue;
    const name = wordsOf(child.name.name);
    const tail = name.slice(-counted.length);
    if (tail.length === counted.length && tail.every((word, at) => isSameNoun(word, counted[at] ?? ''))) return child;
  }
  return undefined;
}
