import { readOnce } from '../asked-once.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Migration, Statement } from '../journal.ts';

/** Which statement made an entity, by the journal. */
const birthsIn = readOnce((journal: readonly Change[]): ReadonlyMap<EntityId, Statement> => {
  const made = new Map<EntityId, Statement>();
  for (const change of journal)
    if (change.type === 'created' && change.after.isAssumed !== true) made.set(change.after.id, change.by);
  return made;
});

/** The statement that made the entity; undefined for the platform's, a catalog's, and what is only presumed to exist. */
export function bornBy(journal: readonly Change[], entity: EntityId): Statement | undefined {
  return birthsIn(journal).get(entity);
}

/** The file that made the entity; undefined where the journal does not know (the platform's, a catalog's). */
export function bornIn(journal: readonly Change[], entity: EntityId): Migration | undefined {
  return bornBy(journal, entity)?.migration;
}

/**
 * Did the entity come with the file that runs this statement: then it is new, holds only what the file put into it, and
 * nothing else uses it yet. False where that is not known.
 */
export function isBornInSameMigration(journal: readonly Change[], entity: EntityId, statement: Statement): boolean {
  return bornIn(journal, entity)?.index === statement.migration.index;
}

/** Was the entity there before the file that runs this statement? True also for the platform's and for what the history presumes. */
export function existedBefore(journal: readonly Change[], entity: EntityId, statement: Statement): boolean {
  const born = bornIn(journal, entity);
  return born === undefined || born.index < statement.migration.index;
}
