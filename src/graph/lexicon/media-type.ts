import { askedOnce } from '../asked-once.ts';

import type { EntityOf } from '../entities/index.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { wordsOf } from './words.ts';

const TYPE: ReadonlySet<string> = new Set(['type', 'typ', 'tipo']);
const SIZE: ReadonlySet<string> = new Set([
  'size',
  'bytes',
  'grootte',
  'größe',
  'groesse',
  'tamaño',
  'tamanho',
  'taille',
]);
const NAME: ReadonlySet<string> = new Set(['name', 'naam', 'nombre', 'nome', 'nom']);
const PATH: ReadonlySet<string> = new Set(['path', 'pad', 'pfad', 'ruta', 'caminho', 'chemin']);

/**
 * Does the column say what is in a file: `bestand_type` beside `bestand_grootte`, or beside `bestand_naam` and `bestand_pad`? Its
 * values are media types (RFC 6838), which the uploading client names.
 */
export function isMediaType(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  const words = wordsOf(column.name);
  const subject = words.slice(0, -1).join(' ');
  if (subject === '' || !TYPE.has(words.at(-1) ?? '')) return false;
  const isThere = (last: ReadonlySet<string>, isMeant: (sibling: EntityOf<'column'>) => boolean = () => true) =>
    graph.columns(column.relation).some((each) => {
      const other = wordsOf(each.name);
      return other.slice(0, -1).join(' ') === subject && last.has(other.at(-1) ?? '') && isMeant(each);
    });
  return isThere(SIZE, (each) => typeClass(graph, each.type) === 'integer') || (isThere(NAME) && isThere(PATH));
}

/** The top-level types that are registered: `n/a` and `read/write` are none. */
const MEDIA_TYPE = /^(?:application|audio|font|image|message|model|multipart|text|video)\/[a-z0-9.+-]+$/;

/** Is it such a value: `application/json`? */
export function isMediaTypeValue(value: string): boolean {
  return MEDIA_TYPE.test(value);
}

/** The names of columns whose default is one: others of that name hold them as well. */
export const namesOfMediaTypes = askedOnce((graph): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const { name, default: given } of graph.ofKind('column')) {
    const value = given === null ? null : constantText(given.tree);
    if (value !== null && isMediaTypeValue(value)) names.add(name);
  }
  return names;
});
