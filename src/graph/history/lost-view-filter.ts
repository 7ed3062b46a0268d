import type { Node, SelectStmt } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode, walk, walkBelow } from '../../sql/walk.ts';
import { readOnce } from '../asked-once.ts';
import { canonical } from '../binding/canonical.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { Change, Statement } from '../journal.ts';
import { ownColumns } from '../own-column.ts';
import { partOf } from '../policies/alternatives.ts';
import { showsEveryRow } from '../policies/open-reading.ts';
import { policiesFor } from '../policies/row-security.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { decidingSources, joined } from '../query-shapes/select-arms.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type View = EntityOf<'view'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A condition of an older definition that kept rows back, as a policy of their table does; the definition of today has nothing of the kind. */
export interface LostViewFilter {
  readonly table: Table;
  /** With its own text. */
  readonly condition: BoundExpression;
  readonly column: Column;
  /** The policy for reading that asks for the column. */
  readonly policy: EntityOf<'policy'>;
  /** The statement that made the older definition. */
  readonly by: Statement;
}

/**
 * What CREATE OR REPLACE VIEW left out of the WHERE of the definition that stood before. Nothing is said where the query of today names the column in any
 * condition, asks for something new, or joins what it did not: that may keep the same rows back.
 * @param tables those that the view reads past row security
 */
export function lostViewFilter(
  graph: SchemaGraph,
  journal: readonly Change[],
  view: View,
  tables: readonly Table[],
  roles: readonly Grantee[],
): LostViewFilter | undefined {
  const now = plainSelect(view.query);
  if (now === undefined) return undefined;
  for (const { query, by } of formerDefinitions(journal, view)) {
    const before = plainSelect(query);
    if (before === undefined || asksMore(now, view.query, before, query)) continue;
    for (const tree of conjuncts(before.whereClause)) {
      if (asksCaller(graph, tree, query)) continue;
      const table = tables.find((each) => isRead(each, now, view.query) && isRead(each, before, query));
      const named = table === undefined ? undefined : onlyColumnsOf(graph, table, tree, query);
      if (table === undefined || named === undefined || named.some((each) => isAskedFor(each.id, view.query))) continue;
      for (const column of named) {
        const policy = keepingBack(graph, table, column, roles);
        if (policy !== undefined) return { table, condition: partOf(query, tree), column, policy, by };
      }
    }
  }
  return undefined;
}

/** A definition of a view, and the statement that gave it. */
interface Definition {
  readonly view: View;
  readonly query: BoundExpression;
  readonly by: Statement;
}

/** Those that stood at the end of earlier files, the latest first. */
function formerDefinitions(journal: readonly Change[], { name }: View): readonly Definition[] {
  const made = (definitionsIn(journal).get(name.name) ?? []).filter(({ view }) => view.name.schema === name.schema);
  const standing = made.filter(({ by }, at) => made[at + 1]?.by.migration !== by.migration);
  return standing.slice(0, -1).reverse();
}

const definitionsIn = readOnce((journal: readonly Change[]): ReadonlyMap<string, readonly Definition[]> => {
  const made = new Map<string, Definition[]>();
  for (const change of journal) {
    if ((change.type !== 'created' && change.type !== 'altered') || change.after.kind !== 'view') continue;
    const { after: view, by } = change;
    const isSame = change.type === 'altered' && change.before.kind === 'view' && change.before.query === view.query;
    if (!isSame) addTo(made, view.name.name, { view, query: view.query, by });
  }
  return made;
});

function plainSelect({ tree }: BoundExpression): SelectStmt | undefined {
  const select = fieldsOf(tree, 'SelectStmt');
  return select === undefined || (select.op !== undefined && select.op !== 'SETOP_NONE') ? undefined : select;
}

/** Is there a condition in the one that the other has not, or something joined that may leave rows out? */
function asksMore(now: SelectStmt, query: BoundExpression, before: SelectStmt, former: BoundExpression): boolean {
  const conditionsIn = ({ whereClause, havingClause }: SelectStmt, bound: BoundExpression) =>
    [...conjuncts(whereClause), ...conjuncts(havingClause)].map((each) => canonical(each, bound, String));
  const asked = new Set(conditionsIn(before, former));
  if (conditionsIn(now, query).some((each) => !asked.has(each)) || now.limitCount !== undefined) return true;
  const known = new Set(relationsIn(before.fromClause ?? [], former));
  const deciding = decidingSources(now.fromClause ?? []).filter((each) => each !== undefined);
  return relationsIn(deciding, query).some((each) => each === undefined || !known.has(each));
}

function relationsIn(sources: readonly Node[], { meanings }: BoundExpression): readonly (EntityId | undefined)[] {
  const found: (EntityId | undefined)[] = [];
  walk(sources, (_, node) => {
    const range = fieldsOf(node, 'RangeVar');
    const meaning = range && meanings.get(range);
    if (range !== undefined) found.push(meaning?.kind === 'source' ? meaning.relation : undefined);
    return undefined;
  });
  return found;
}

function isRead({ id }: Table, { fromClause }: SelectStmt, { meanings }: BoundExpression): boolean {
  return joined(fromClause ?? []).some((each) => {
    const range = fieldsOf(each, 'RangeVar');
    const meaning = range && meanings.get(range);
    return meaning?.kind === 'source' && meaning.relation === id;
  });
}

/** The columns that a condition names, where they are all of this table and are still there. */
function onlyColumnsOf(
  graph: SchemaGraph,
  { id }: Table,
  condition: Node,
  { meanings }: BoundExpression,
): readonly Column[] | undefined {
  const columns: Column[] = [];
  const isOther = anyNode(condition, (node) => {
    if ('SubLink' in node) return true;
    const reference = fieldsOf(node, 'ColumnRef');
    if (reference === undefined) return false;
    const meaning = meanings.get(reference);
    const column = meaning?.kind === 'column' && meaning.column !== undefined ? graph.find(meaning.column) : undefined;
    if (column?.kind !== 'column' || column.relation !== id) return true;
    columns.push(column);
    return false;
  });
  return isOther || columns.length === 0 ? undefined : columns;
}

/** Does the query do anything with the column but show it, or group and order by it? */
function isAskedFor(column: EntityId, { tree, meanings }: BoundExpression): boolean {
  let isAsked = false;
  walkBelow(tree, (_, node, parents, field) => {
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    if (meaning?.kind !== 'column' || meaning.column !== column) return undefined;
    const isShown = parents.at(-1)?.tag === 'ResTarget';
    isAsked = !isShown && field !== 'groupClause' && parents.at(-1)?.tag !== 'SortBy';
    return isAsked ? 'stop' : undefined;
  });
  return isAsked;
}

/** A policy for reading by which one of the roles does not see all rows, and that asks for the column. */
function keepingBack(
  graph: SchemaGraph,
  table: Table,
  column: Column,
  roles: readonly Grantee[],
): EntityOf<'policy'> | undefined {
  return roles
    .filter((role) => showsEveryRow(graph, role, table) === false)
    .flatMap((role) => policiesFor(graph, table, 'select', role))
    .find(({ using }) => using !== null && ownColumns(using.tree, using).has(column.id));
}
