import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isSameNoun } from './noun.ts';
import { wordsOf } from './words.ts';

/** The chunk_index of chunks, the page_number of pages: the part is the row. Where people move rows about, two stand in one place for a moment. */
export function numbersParts(
  graph: SchemaGraph,
  { relation, name, type, default: value }: EntityOf<'column'>,
): boolean {
  if (value !== null || typeClass(graph, type) !== 'integer') return false;
  const [part = '', kind = '', ...more] = wordsOf(name);
  if (more.length > 0 || !['index', 'number', 'no'].includes(kind)) return false;
  return isSameNoun(part, wordsOf(graph.get('table', relation).name.name).at(-1) ?? '');
}
