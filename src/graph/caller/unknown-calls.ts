import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { isHistoryIncomplete, isUsersSchema } from '../failures/failing-names.ts';
import { extensionsWith } from '../lexicon/extension-functions.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The functions that a body calls and no file makes, where the files do not make all that is there: what they ask is not known. */
export const unknownCalls = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): readonly string[] => {
  if (!isHistoryIncomplete(graph)) return [];
  const names = routineShape(graph, routine).openNames.flatMap(({ kind, reason, schema, name }) => {
    const isUnknown = kind === 'function' && reason === 'unknown' && extensionsWith(name).length === 0;
    return isUnknown && (schema === undefined || isUsersSchema(graph, schema)) ? [name] : [];
  });
  return [...new Set(names)];
});
