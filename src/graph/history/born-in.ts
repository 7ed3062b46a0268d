import { sameName } from '../../sql/name.ts';
import { readOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
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

/**
 * Was the column there in a file before the one that made the table, and no other table of that name before? Then it was not written for rows of that table:
 * the session_id that an analytics script makes up, long before there are sessions.
 */
export function isOlderThanTable(
  journal: readonly Change[],
  column: EntityOf<'column'>,
  table: EntityOf<'table'>,
): boolean {
  const [first, made] = [bornIn(journal, column.id), bornBy(journal, table.id)];
  if (first === undefined || made === undefined || first.index >= made.migration.index) return false;
  return !journal.some((each) => {
    if (each.type !== 'dropped' && each.type !== 'altered') return false;
    const { before, by } = each;
    return before.kind === 'table' && by.index < made.index && sameName(before.name, table.name);
  });
}
