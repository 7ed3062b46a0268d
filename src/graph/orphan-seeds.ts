import type { InsertStmt, Node } from '@pgsql/types';
import type { EntityOf } from './entities/index.ts';
import { isAuthUsers } from './lexicon/table-roles.ts';
import { insertedValues } from './query-shapes/inserted-values.ts';
import { constantText } from './query-shapes/operand.ts';
import type { SchemaGraph } from './schema-graph.ts';
import { isRewritten } from './triggers/write-guards.ts';
import { isUsersOwn } from './users-own.ts';

type Table = EntityOf<'table'>;
type ForeignKey = EntityOf<'foreignKey'>;

/**
 * The server's words for an INSERT … VALUES that gives a foreign key a value although no row can be there that it refers to: the key is
 * asked at the end of the statement (RI_FKey_check_ins()), after ON CONFLICT. Undefined where it is not certain.
 * @param mayHoldRows whether there may be rows in a table before the statement
 */
export function orphanSeed(
  graph: SchemaGraph,
  table: Table,
  insert: InsertStmt,
  mayHoldRows: (table: Table) => boolean,
): string | undefined {
  if (insert.withClause !== undefined || table.isAssumed === true || !isUsersOwn(graph, table)) return undefined;
  if (table.partitionOf !== null || isRewritten(graph, table, 'insert')) return undefined;
  if (graph.isDoubtful(table, ['existence', 'columns', 'constraints', 'triggers'])) return undefined;
  const columns = graph.columns(table.id);
  const given = insertedValues(insert, columns);
  const keys = graph
    .ownedBy(table.id, 'foreignKey')
    .filter((each) => isAskedAtOnce(graph, each, table))
    .map((key) => ({ key, columns: graph.columnNames(key.columns).map((name) => given.get(name) ?? []) }))
    .filter(({ key, columns }) => columns.every((each) => each.some(isLiteral)) && isEmpty(graph, key, mayHoldRows));
  if (keys.length === 0 || (insert.onConflictClause !== undefined && mayHoldRows(table))) return undefined;
  // With ON CONFLICT a row may give way to one before it.
  const count = insert.onConflictClause === undefined ? (keys[0]?.columns[0]?.length ?? 0) : 1;
  for (let row = 0; row < count; row++) {
    const failed = keys.find(({ columns }) => columns.every((each) => isLiteral(each[row])))?.key;
    if (failed !== undefined)
      return `insert or update on table "${table.name.name}" violates foreign key constraint "${failed.name}"`;
  }
  return undefined;
}

function isAskedAtOnce(graph: SchemaGraph, key: ForeignKey, table: Table): boolean {
  return (
    key.isEnforced && !key.isDeferrable && key.referencedTable !== table.id && !graph.isDoubtful(key, ['constraints'])
  );
}

/** The tables of the platform are its own to fill, but for the users: those come with the app. */
function isEmpty(graph: SchemaGraph, key: ForeignKey, mayHoldRows: (table: Table) => boolean): boolean {
  const parent = graph.find(key.referencedTable);
  if (parent?.kind !== 'table' || parent.isAssumed === true) return false;
  const isUsers = isAuthUsers(parent.name) && parent.origin.from === 'platform';
  const isKnown = isUsers || isUsersOwn(graph, parent);
  return isKnown && !graph.isDoubtful(parent, ['existence', 'data']) && !mayHoldRows(parent);
}

function isLiteral(value: Node | undefined): boolean {
  return constantText(value) !== null;
}
