import { readOnce } from '../asked-once.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { Change, Statement } from '../journal.ts';
import type { Acl } from '../privileges/privileges.ts';

/** A statement that gave a table its access list. */
export interface AclChange {
  /** Empty for the table's making. */
  readonly before: Acl;
  readonly after: Acl;
  readonly by: Statement;
}

/** Those of a table that still stands, in order, its making first. */
export function aclChanges(journal: readonly Change[], table: EntityId): readonly AclChange[] {
  const byTable = known(journal);
  return byTable.get(table) ?? [];
}

const known = readOnce(changesIn);

function changesIn(journal: readonly Change[]): ReadonlyMap<EntityId, readonly AclChange[]> {
  const byTable = new Map<EntityId, AclChange[]>();
  for (const change of journal) {
    if ((change.type !== 'created' && change.type !== 'altered') || change.after.kind !== 'table') continue;
    const { after, by } = change;
    const before = change.type === 'altered' && change.before.kind === 'table' ? change.before.acl : [];
    if (change.type === 'created' || before !== after.acl) addTo(byTable, after.id, { before, after: after.acl, by });
  }
  return byTable;
}
