import { markInPlaceOfDelete, wouldBeginChain } from '../graph/deletes/cascades.ts';
import { keptByCheck } from '../graph/deletes/kept-by-check.ts';
import { triggerAgainstEmptying } from '../graph/deletes/undone-set-nulls.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { indexServing } from '../graph/indexes/index-coverage.ts';
import { childTables } from '../graph/keys/child-tables.ts';
import { areRowsComputed } from '../graph/lexicon/computed-rows.ts';
import type { NamedTable } from '../graph/lexicon/named-table.ts';
import { isAccountTable, isAuditTable, isAuthUsers } from '../graph/lexicon/table-roles.ts';
import { isNullable } from '../graph/nulls/nullability.ts';
import { owningGroup } from '../graph/policies/group-owned.ts';
import { isNobodysWithout, type OwnerSettings, opensWithout } from '../graph/policies/ownerless-row.ts';
import { namesTenant } from '../graph/policies/tenant-columns.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { refusingTriggers } from '../graph/triggers/write-guards.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { addForeignKey, foreignKeyName } from './foreign-key-sql.ts';
import { brief, rowOf } from './prose.ts';
import { sql } from './sql.ts';

interface Readded {
  /** SQL that has to run first. */
  readonly before?: readonly string[];
  /** The key that the column had: what it did on delete is done again, where that is possible still. */
  readonly lost?: EntityOf<'foreignKey'> | undefined;
}

/**
 * The fix that makes a column refer to the table it is named after, with an index where none serves. Emptied on delete where it
 * may be NULL, no CHECK keeps it filled and the row is still somebody's, and nobody else's, then, or may be let be NULL as a user
 * is named in what is a group's; else the delete is refused where the rows referred to are marked as deleted and not all others go
 * along, unless the rows are worked out anew (computed_at), CASCADE would begin a chain, or the rows are the users' profiles; else deleted
 * along where they are, the row would be nobody's, most other children of the table are, or the table is the platform's; else what the
 * others of its name do, or all other keys of its table, or refused where another key to the table refuses it. Undefined where
 * nothing shows what is meant, and where a trigger of the table would refuse what the key would do.
 */
export function addedReference(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  { table: parent, key }: NamedTable,
  settings: OwnerSettings,
  { before = [], lost }: Readded = {},
): Fix | undefined {
  const table = graph.get('table', column.relation);
  const { all, cascading } = childTables(graph, parent.id);
  const goes = parent.origin.from === 'platform' || cascading.size * 2 > all.size;
  const isOwn = isNobodysWithout(graph, column, settings);
  const opening = opensWithout(graph, column);
  const isTenants = !isAuditTable(graph, table) && namesTenant(graph, column, settings.tenantColumns);
  const isKept = isOwn || isTenants || opening !== undefined || keptByCheck(graph, [column]) !== undefined;
  const refused = triggerAgainstEmptying(graph, { table: table.id, columns: [column.id], setColumns: [] });
  const mayBeEmptied = isNullable(graph, column) && !isKept && refused === undefined;
  // Where all others go along, a DELETE is meant to work, however rare.
  const allGo = all.size > 0 && cascading.size === all.size;
  const isComputed = areRowsComputed(graph, table);
  const isMarked = !allGo && !isComputed && markInPlaceOfDelete(graph, parent.id) !== undefined;
  const isPerson = isAuthUsers(parent.name) || isAccountTable(graph, parent);
  const isStaying =
    isMarked || wouldBeginChain(graph, table.id, parent.id) || (!isPerson && isOfEachUser(graph, table));
  const group =
    isPerson && !isKept && lost === undefined ? owningGroup(graph, column, settings.tenantColumns) : undefined;
  const mayOutlive = group !== undefined && column.notNull && refused === undefined;
  const along = goes || isOwn || isComputed ? 'cascade' : habitOf(graph, column, parent.id);
  const usual = mayBeEmptied || mayOutlive ? 'set null' : isStaying ? 'restrict' : along;
  const isUsual =
    lost === undefined || lost.onDelete === 'no action' || (lost.onDelete === 'set null' && !mayBeEmptied);
  const onDelete = isUsual ? usual : lost.onDelete;
  if (onDelete === undefined || (onDelete === 'set null' && refused !== undefined)) return undefined;
  // What a trigger keeps from being deleted would keep the row that it refers to.
  if (onDelete === 'cascade' && refusingTriggers(graph, table, 'delete').length > 0) return undefined;
  const added = addForeignKey(graph, {
    table: table.id,
    name: foreignKeyName(graph, table, [column.name]),
    columns: [column.id],
    referencedTable: parent.id,
    referencedColumns: [key.id],
    onDelete,
  });
  const why =
    opening === undefined
      ? mayOutlive
        ? `, which may then be NULL, as policies say by ${quoteIdentifier(group.name)} whose the row is`
        : ''
      : `, as without it the policy ${quoteIdentifier(opening.name)} lets others have the row`;
  const emptied = mayOutlive ? [sql`alter table ${table.name} alter column ${column.name} drop not null;`] : [];
  const child = brief(table.name);
  const fails =
    onDelete === 'restrict' ? `, so that deleting ${rowOf(brief(parent.name))} which has ${child} rows fails` : '';
  const isServed = indexServing(graph, table.id, [column.id]) !== undefined;
  const index = isServed ? [] : [sql`create index on ${table.name} (${column.name});`];
  return {
    title: `Make ${quoteIdentifier(column.name)} refer to ${brief(parent.name)}, ON DELETE ${onDelete.toUpperCase()}${why}${fails} (fails if a row refers to nothing: mend those first)`,
    safety: 'review',
    sql: [...before, ...emptied, added, ...index].join('\n'),
  };
}

/** Is each row one user of the platform's, by its primary key: what is gone leaves him without a profile? */
function isOfEachUser(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  const [key, another] = graph.primaryKey(table.id)?.columns ?? [];
  return graph.ownedBy(table.id, 'foreignKey').some(({ columns: [only, more], referencedTable }) => {
    const isKey = only === key && more === undefined && another === undefined;
    return isKey && isAuthUsers(graph.get('table', referencedTable).name);
  });
}

function habitOf(graph: SchemaGraph, column: EntityOf<'column'>, parent: EntityId): 'cascade' | 'restrict' | undefined {
  const keys = graph.referencedBy(parent).filter((each) => each.parent === null);
  const namesakes = keys.filter((each) => graph.columnNames(each.columns).join() === column.name);
  if (namesakes.length > 0 && namesakes.every((each) => each.onDelete === 'cascade')) return 'cascade';
  if (!isNullable(graph, column) && onlyCascades(graph, column)) return 'cascade';
  return keys.some((each) => each.onDelete === 'restrict') ? 'restrict' : undefined;
}

/** Its table goes with whatever it belongs to: a key that refuses would make a delete fail that works today. */
function onlyCascades(graph: SchemaGraph, { relation }: EntityOf<'column'>): boolean {
  const keys = graph.ownedBy(relation, 'foreignKey').filter((each) => each.referencedTable !== relation);
  return keys.length > 0 && keys.every((each) => each.onDelete === 'cascade');
}
