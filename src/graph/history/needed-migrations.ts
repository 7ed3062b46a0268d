import { dependenciesOf, type Entity } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Migration, Statement } from '../journal.ts';

/** A statement that fails without these migrations. */
export interface Need {
  readonly by: Statement;
  /** What it needs, as it is when it is made. */
  readonly made: Entity;
  readonly in: Migration;
}

/**
 * The first statement of the other migrations that needs what only some migrations make: it alters or drops it, or makes something that rests on it.
 * Undefined where none does.
 */
export function firstNeed(journal: readonly Change[], missing: ReadonlySet<Migration>): Need | undefined {
  const made = new Map<EntityId, { readonly made: Entity; readonly in: Migration }>();
  // A CREATE … IF NOT EXISTS of another migration makes it in their place.
  const madeElsewhere = new Set<EntityId>();
  for (const change of journal) {
    if (change.type !== 'skipped' || missing.has(change.by.migration)) continue;
    madeElsewhere.add(change.existing.id);
  }
  for (const change of journal) {
    if (!('by' in change)) continue;
    const { migration } = change.by;
    if (missing.has(migration)) {
      if (change.type === 'created' && change.after.isAssumed !== true && !madeElsewhere.has(change.after.id))
        made.set(change.after.id, { made: change.after, in: migration });
      continue;
    }
    const needed = needsOf(change).find((id) => made.has(id));
    const found = needed === undefined ? undefined : made.get(needed);
    if (found !== undefined && !isForgiving(change.by)) return { by: change.by, ...found };
  }
  return undefined;
}

function needsOf(change: Change): readonly EntityId[] {
  if (change.type === 'created') return dependenciesOf(change.after).map(({ on }) => on);
  return change.type === 'altered' || change.type === 'dropped' ? [change.before.id] : [];
}

/** DROP … IF EXISTS, ALTER … IF EXISTS. */
function isForgiving({ node }: Statement): boolean {
  return Object.values(node).some((inner) => (inner as { readonly missing_ok?: boolean } | null)?.missing_ok === true);
}
