import type { RangeVar } from '@pgsql/types';
import type { Relation } from '../../../graph/entities/index.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { dropObjects } from '../drop-objects.ts';
import { TEMPORARY_SCHEMA } from '../temporary.ts';

/** The name of a table, view, sequence … to be made: a temporary one is in a schema of its own. */
export function newRelationName(range: RangeVar | undefined, context: ReplayContext): QualifiedName {
  const isTemporary = range?.relpersistence === 't' || range?.schemaname === TEMPORARY_SCHEMA;
  return isTemporary ? { schema: TEMPORARY_SCHEMA, name: range?.relname ?? '' } : context.newName(range ?? {});
}

/**
 * The relation that has the name already, for IF NOT EXISTS or because it was only assumed; any other is refused, a type
 * of that name too (a relation brings a row type).
 */
export function refuseTakenRelationName(
  name: QualifiedName,
  location: number | undefined,
  context: ReplayContext,
  ifNotExists: boolean,
): Relation | undefined {
  const existing = context.graph.relation(name);
  if (existing && (ifNotExists || existing.isAssumed)) return existing;
  if (existing && context.graph.isDoubtful(existing, ['existence'])) {
    // Something that was not understood may have dropped it, and this statement says that it did.
    dropObjects(context, [existing], { cascade: true });
    return undefined;
  }
  const taken = existing ?? context.graph.type(name);
  if (taken) context.refuseDuplicate(taken, location);
  return undefined;
}
