import { fieldsOf } from '../sql/nodes.ts';
import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import type { Change, Statement } from './journal.ts';
import type { SchemaGraph } from './schema-graph.ts';

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
  return lostIn(journal).get(column);
}

/**
 * Did the history drop keys to that table by their names, from columns of the same name in two other tables or more, which have
 * none since? Then the schema does without.
 */
export function isDoneWithout(
  graph: SchemaGraph,
  journal: readonly Change[],
  { name, relation }: EntityOf<'column'>,
  parent: EntityId,
): boolean {
  const others = [...lostIn(journal)].filter(([id, { key, isMeant }]) => {
    const column = graph.find(id);
    if (!isMeant || key.referencedTable !== parent || column?.kind !== 'column' || column.name !== name) return false;
    const hasKey = graph.dependentsOfKind(id, 'foreignKey').some((each) => each.columns.includes(id));
    return column.relation !== relation && !hasKey;
  });
  return others.length > 1;
}

function lostIn(journal: readonly Change[]): ReadonlyMap<EntityId, LostForeignKey> {
  const known = lost.get(journal);
  if (known !== undefined) return known;
  const found = new Map<EntityId, LostForeignKey>();
  for (const change of journal) {
    if (change.type !== 'dropped' || change.before.kind !== 'foreignKey') continue;
    const { before: key, by } = change;
    const [column, another] = key.columns;
    if (column !== undefined && another === undefined) found.set(column, { key, by, isMeant: names(by, key.name) });
  }
  lost.set(journal, found);
  return found;
}

function names({ node }: Statement, constraint: string): boolean {
  return (fieldsOf(node, 'AlterTableStmt')?.cmds ?? []).some((each) => {
    const command = fieldsOf(each, 'AlterTableCmd');
    return command?.subtype === 'AT_DropConstraint' && command.name === constraint;
  });
}
