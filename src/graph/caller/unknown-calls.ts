import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { isHistoryIncomplete, isUsersSchema } from '../failures/failing-names.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** What asks who calls is named so: is_board_owner(), assert_member(), current_actor_id(). What only works something out (st_distance()) is not. */
const ASKING: NamePatterns = [
  ...['is_*', 'has_*', 'can_*', 'may_*', 'own_*', 'owns_*', 'belongs_*', 'current_*', 'my_*', 'auth_*', 'caller_*'],
  ...['assert_*', 'require_*', 'check_*', 'ensure_*', 'authorize_*', 'verify_*', 'enforce_*', 'guard_*'],
  ...['get_my_*', 'get_current_*', 'get_user_*', 'user_is_*', 'user_has_*', 'user_can_*', 'user_owns_*'],
  ...['*_owner', '*_member', '*_admin', '*_role', '*_access', '*_permission', '*_allowed', '*_authorized'],
];

/**
 * The functions that a body calls, by their names to ask who calls, and that no file makes, where the files do not make all that is there: what they ask is
 * not known.
 */
export const unknownCalls = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): readonly string[] => {
  if (!isHistoryIncomplete(graph)) return [];
  const names = routineShape(graph, routine).openNames.flatMap(({ kind, reason, schema, name }) => {
    const isUnknown = kind === 'function' && reason === 'unknown' && isNamed(name, ASKING);
    return isUnknown && (schema === undefined || isUsersSchema(graph, schema)) ? [name] : [];
  });
  return [...new Set(names)];
});
