import type { QualifiedName } from '../../sql/name.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce, readOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Statement } from '../journal.ts';
import { tableNamedBy } from '../lexicon/named-table.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { storedType } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';

/** A foreign key that is gone. */
export interface LostForeignKey {
  readonly key: EntityOf<'foreignKey'>;
  readonly by: Statement;
  /** Dropped by its name, and not together with what it referred to. */
  readonly isMeant: boolean;
}

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
    return column.relation !== relation && graph.foreignKeysOf(column).length === 0;
  });
  return others.length > 1;
}

/**
 * Is the table meant to have no foreign keys: has it none, and either the history dropped several of its by their names, or it did so for another
 * table, and this one has several columns named after tables, in a schema where most tables with such a column have keys?
 */
export function isKeptFree(graph: SchemaGraph, journal: readonly Change[], table: EntityId): boolean {
  if (graph.ownedBy(table, 'foreignKey').length > 0) return false;
  const freed = tablesFreed(graph, journal);
  if (freed.has(table)) return true;
  if (freed.size === 0) return false;
  const { tables, tied } = tablesWithReferences(graph);
  return (tables.get(table) ?? 0) >= NAMED && tied * 2 > tables.size;
}

/** The tables that lost several keys by their names and have none left. */
function tablesFreed(graph: SchemaGraph, journal: readonly Change[]): ReadonlySet<EntityId> {
  const dropped = new Map<EntityId, number>();
  for (const { key, isMeant } of lostIn(journal).values())
    if (isMeant) dropped.set(key.table, (dropped.get(key.table) ?? 0) + 1);
  const freed = [...dropped].filter(([table, count]) => {
    return count >= DROPPED && graph.find(table) !== undefined && graph.ownedBy(table, 'foreignKey').length === 0;
  });
  return new Set(freed.map(([table]) => table));
}

const DROPPED = 2;
const NAMED = 3;

interface TablesWithReferences {
  /** The tables with columns that are named after another table and have its key's type, and how many of these. */
  readonly tables: ReadonlyMap<EntityId, number>;
  /** How many of the tables have a foreign key. */
  readonly tied: number;
}

const tablesWithReferences = askedOnce((graph): TablesWithReferences => {
  const tables = new Map<EntityId, number>();
  let tied = 0;
  for (const table of graph.ofKind('table')) {
    if (!isUsersOwn(graph, table) || table.isAssumed || table.persistence !== 'permanent') continue;
    if (table.partitionOf !== null) continue;
    const named = graph.columns(table.id).filter((each) => namesOther(graph, each));
    if (named.length === 0) continue;
    tables.set(table.id, named.length);
    if (graph.ownedBy(table.id, 'foreignKey').length > 0) tied++;
  }
  return { tables, tied };
});

function namesOther(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  const named = tableNamedBy(graph, column);
  if (named === undefined || named.table.id === column.relation) return false;
  const [own, wanted] = [storedType(graph, column.type), storedType(graph, named.key.type)];
  return own !== null && wanted !== null && !own.isArray && sameName(own.name, wanted.name);
}

function sameName(a: QualifiedName, b: QualifiedName): boolean {
  return a.name === b.name && a.schema === b.schema;
}

const lostIn = readOnce((journal: readonly Change[]): ReadonlyMap<EntityId, LostForeignKey> => {
  const found = new Map<EntityId, LostForeignKey>();
  for (const change of journal) {
    if (change.type !== 'dropped' || change.before.kind !== 'foreignKey') continue;
    const { before: key, by } = change;
    const [column, another] = key.columns;
    if (column !== undefined && another === undefined) found.set(column, { key, by, isMeant: names(by, key.name) });
  }
  return found;
});

function names({ node }: Statement, constraint: string): boolean {
  return (fieldsOf(node, 'AlterTableStmt')?.cmds ?? []).some((each) => {
    const command = fieldsOf(each, 'AlterTableCmd');
    return command?.subtype === 'AT_DropConstraint' && command.name === constraint;
  });
}
