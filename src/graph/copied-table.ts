import type { EntityOf } from './entities/index.ts';
import { wordsOf } from './lexicon/words.ts';
import type { SchemaGraph } from './schema-graph.ts';

type Table = EntityOf<'table'>;

/**
 * The table that this one was made after: the name of this one is that one's and more, as in events_partitioned beside events,
 * and it has nearly all of that one's columns, and few others. What is wrong with a column of both is one cause.
 */
export function originalOf(graph: SchemaGraph, copy: Table): Table | undefined {
  const words = wordsOf(copy.name.name);
  const own = new Set(graph.columns(copy.id).map(({ name }) => name));
  return graph.ofKind('table').find((table) => {
    const others = wordsOf(table.name.name);
    if (table.name.schema !== copy.name.schema || others.length >= words.length) return false;
    if (others.some((word, at) => word !== words[at])) return false;
    const columns = graph.columns(table.id);
    const shared = columns.filter(({ name }) => own.has(name)).length;
    return columns.length >= LEAST && shared >= columns.length * NEARLY_ALL && own.size <= shared + MORE;
  });
}

/** Tables of an id, a name and two times are alike without being copies. */
const LEAST = 5;
const MORE = 2;
const NEARLY_ALL = 0.9;
