import { tablesAbove } from '../graph/deletes/cascades.ts';
import { isDeletedFrom } from '../graph/deletes/deleted-rows.ts';
import { type HoldingRows, holdingRows } from '../graph/deletes/held-parents.ts';
import { deletesActing, refusedEmptying } from '../graph/deletes/refused-nulls.ts';
import { type RefusedSetNull, refusedSetNulls } from '../graph/deletes/refused-set-nulls.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { groupedBy } from '../graph/grouping.ts';
import { isAuthUsers } from '../graph/lexicon/table-roles.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList, brief } from './prose.ts';

type Table = EntityOf<'table'>;

/** A row that append-only tables keep, for the first of which it is told. */
export interface HeldParent {
  readonly parent: Table;
  readonly rows: readonly HoldingRows[];
}

/**
 * What append-only rows keep by keys that are to delete them, or of several tables: a single key that is to empty them is told with its trigger. Only where
 * anything deletes such rows at all; a key that empties promises that by itself.
 */
export function heldParents(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly HeldParent[] {
  const parents = new Set(graph.ownedBy(table.id, 'foreignKey').map(({ referencedTable }) => referencedTable));
  return [...parents].flatMap((id): readonly HeldParent[] => {
    const rows = holdingOf(graph, id, clientRoles);
    const [first] = rows;
    const isTold = first?.key.table === table.id && isHeldTogether(rows);
    return isTold ? [{ parent: graph.get('table', id), rows }] : [];
  });
}

/** These and whatever else the same functions keep: each fix writes such a function anew, and would take back what another does in it. */
export function heldBySame(
  graph: SchemaGraph,
  rows: readonly HoldingRows[],
  clientRoles: readonly string[],
): readonly HoldingRows[] {
  const functions = new Set(rows.map(({ trigger }) => trigger.function));
  const told = graph.ofKind('table').flatMap((table) => heldParents(graph, table, clientRoles));
  const others = told.flatMap((each) => each.rows.filter(({ trigger }) => functions.has(trigger.function)));
  return [...rows, ...others.filter(({ key }) => rows.every((each) => each.key !== key))];
}

function holdingOf(graph: SchemaGraph, parent: Table['id'], clientRoles: readonly string[]): readonly HoldingRows[] {
  const isDeleted = isDeletedFrom(graph, parent, clientRoles);
  return holdingRows(graph, parent).filter(({ action }) => action === 'update' || isDeleted);
}

function isHeldTogether(rows: readonly HoldingRows[]): boolean {
  return rows.some(({ action }) => action === 'delete') || new Set(rows.map(({ key }) => key.table)).size > 1;
}

/** The keys whose SET NULL a trigger refuses that are not told with others, nor by set-null-on-not-null where it is only for some rows. */
export function refusedAlone(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): readonly RefusedSetNull[] {
  return refusedSetNulls(graph, table).filter(({ key, state }) => {
    const rows = holdingOf(graph, key.referencedTable, clientRoles);
    if (isHeldTogether(rows) && rows.some((each) => each.key === key)) return false;
    const isChecks = state !== null && refusedEmptying(graph, key) !== undefined;
    return !isChecks || !deletesActing(graph, key).surely.includes(key.referencedTable);
  });
}

/** What the keys are to do to the rows, and of how many tables these are. */
export function holdingText(
  graph: SchemaGraph,
  rows: readonly HoldingRows[],
): { readonly actions: string; readonly tables: string } {
  const nameOf = ({ key }: HoldingRows) => brief(graph.get('table', key.table).name);
  const columnsOf = (each: HoldingRows) => {
    const { key } = each;
    const columns = graph.columnNames(key.setColumns.length > 0 ? key.setColumns : key.columns);
    return `${nameOf(each)}.${columns.map(quoteIdentifier).join(', ')}`;
  };
  const byAction = groupedBy(rows, ({ action }) => action);
  const gone = [...new Set((byAction.get('delete') ?? []).map(nameOf))];
  const emptied = (byAction.get('update') ?? []).map(columnsOf);
  const all = new Set(rows.map(nameOf)).size;
  return {
    actions: [
      ...(gone.length > 0 ? [`ON DELETE CASCADE is to delete those of ${andList(gone, MOST_NAMED)}`] : []),
      ...(emptied.length > 0 ? [`ON DELETE SET NULL is to empty ${andList(emptied, MOST_NAMED)}`] : []),
    ].join(', '),
    tables: all === 1 ? 'triggers of that table' : `triggers of these ${all} tables`,
  };
}

const MOST_NAMED = 8;

/** The platform deletes users, whatever the schema does. */
export function usersText(graph: SchemaGraph, parent: Table): string {
  const by = 'from the dashboard as by auth.admin.deleteUser()';
  if (isAuthUsers(parent.name)) return ` That is so ${by}.`;
  const isOfUsers = [...tablesAbove(graph, parent.id).keys()].some((id) => isAuthUsers(graph.get('table', id).name));
  return isOfUsers ? ` Deleting a user, with whom ${brief(parent.name)} rows go, fails by it as well, ${by}.` : '';
}
