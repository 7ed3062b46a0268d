import { fieldsOf } from '../sql/nodes.ts';
import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import type { Change, Statement } from './journal.ts';

/** A foreign key that is gone. */
export interface LostForeignKey {
  readonly key: EntityOf<'foreignKey'>;
  readonly by: Statement;
  /** Dropped by its name, and not together with what it referred to. */
  readonly isMeant: boolean;
}

const lost = new WeakMap<readonly Change[], ReadonlyMap<EntityId, LostForeignKey>>();

/** The last foreign key over just this column that the history drops. */
export function lostForeignKey(journal: readonly Change[], column: EntityId): LostForeignKey | undefined {
  const known = lost.get(journal) ?? lostIn(journal);
  lost.set(journal, known);
  return known.get(column);
}

function lostIn(journal: readonly Change[]): ReadonlyMap<EntityId, LostForeignKey> {
  const found = new Map<EntityId, LostForeignKey>();
  for (const change of journal) {
    if (change.type !== 'dropped' || change.before.kind !== 'foreignKey') continue;
    const { before: key, by } = change;
    const [column, another] = key.columns;
    if (column !== undefined && another === undefined) found.set(column, { key, by, isMeant: names(by, key.name) });
  }
  return found;
}

function names({ node }: Statement, constraint: string): boolean {
  return (fieldsOf(node, 'AlterTableStmt')?.cmds ?? []).some((each) => {
    const command = fieldsOf(each, 'AlterTableCmd');
    return command?.subtype === 'AT_DropConstraint' && command.name === constraint;
  });
}
