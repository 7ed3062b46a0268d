import { readOnce } from '../asked-once.ts';
import type { Entity, EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { Change, Statement } from '../journal.ts';
import type { Acl } from '../privileges/privileges.ts';

/** A statement that gave a table or a function its access list. */
export interface AclChange {
  /** Empty for its making. */
  readonly before: Acl;
  readonly after: Acl;
  readonly by: Statement;
}

/** Those of one that still stands, in order, its making first. */
export function aclChanges(journal: readonly Change[], object: EntityId): readonly AclChange[] {
  const byObject = known(journal);
  return byObject.get(object) ?? [];
}

const known = readOnce(changesIn);

function changesIn(journal: readonly Change[]): ReadonlyMap<EntityId, readonly AclChange[]> {
  const byObject = new Map<EntityId, AclChange[]>();
  for (const change of journal) {
    if (change.type !== 'created' && change.type !== 'altered') continue;
    const { after, by } = change;
    if (!isHolder(after)) continue;
    const before = change.type === 'altered' && isHolder(change.before) ? change.before.acl : [];
    if (change.type === 'created' || before !== after.acl) addTo(byObject, after.id, { before, after: after.acl, by });
  }
  return byObject;
}

function isHolder(entity: Entity): entity is EntityOf<'table' | 'function'> {
  return entity.kind === 'table' || entity.kind === 'function';
}
