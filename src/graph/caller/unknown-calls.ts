import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { isHistoryIncomplete, isUsersSchema } from '../failures/failing-names.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** What asks who calls is named so: is_board_owner(), assert_member(), current_actor_id(). What only works something out (st_distance()) is not. */
const ASKING =
  /^(?:is|has|have|can|may|owns?|belongs|assert|require|check|ensure|authorize|verify|enforce|guard|current|my|auth|caller|get_my|get_current|get_user|user_(?:is|has|can|owns))_|_(?:owner|member|admin|role|access|permission|allowed|authorized)s?$/;

/**
 * The functions that a body calls, by their names to ask who calls, and that no file makes, where the files do not make all that is there: what they ask is
 * not known.
 */
export const unknownCalls = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): readonly string[] => {
  if (!isHistoryIncomplete(graph)) return [];
  const names = routineShape(graph, routine).openNames.flatMap(({ kind, reason, schema, name }) => {
    const isUnknown = kind === 'function' && reason === 'unknown' && ASKING.test(name);
    return isUnknown && (schema === undefined || isUsersSchema(graph, schema)) ? [name] : [];
  });
  return [...new Set(names)];
});
