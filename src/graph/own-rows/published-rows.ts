import type { Node, SelectStmt, SubLink } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { blindPolicies } from '../policies/blind-policies.ts';
import { isOfRowAlone, isPlainSelect, showsRowsOfOthers } from '../policies/callerless-branches.ts';
import { allFailByRecursion } from '../policies/failing-statements.ts';
import { forbiddenRead } from '../policies/forbidden-reads.ts';
import { seesEveryRow } from '../policies/open-reading.ts';
import { ownersIn } from '../policies/parent-writes.ts';
import { admittingPolicies, policyAudience } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning, columnsIn } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { OwnRowWrite } from './own-row-writes.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** Rows of others that a client gets to see by a row of his own that names them. */
export interface PublishedRows {
  readonly parent: Table;
  /** The policy by which they are seen. */
  readonly policy: Policy;
  /** The column of the client's row that names them, and the key that it names. */
  readonly column: Column;
  readonly key: Column;
  /** The column by which each of them is somebody's. */
  readonly owner: Column;
  /** What the policy asks of the client's row beside that. */
  readonly tested: readonly Column[];
  /** The condition of the EXISTS that looks for the client's row, and by which name it goes there. */
  readonly lookup: { readonly condition: Node | undefined; readonly name: string };
  /** Others may read the client's row too, and see by it what he sees. */
  readonly isForOthers: boolean;
}

/**
 * `user_id = auth.uid() or exists (select 1 from posts where posts.item_id = items.id and posts.is_public)`: whoever may add posts for any item lets himself
 * see it. Only where nothing on that way asks who calls, all that it asks of the row is left to the client, and the client may not read the rows anyway.
 */
export function publishedRows(
  graph: SchemaGraph,
  table: Table,
  write: OwnRowWrite,
  clientRoles: readonly string[],
): PublishedRows | undefined {
  const readers = write.access.filter((each) => admittingPolicies(graph, table, 'select', each).length > 0);
  if (readers.length === 0) return undefined;
  for (const found of lookupsOf(graph).get(table.id) ?? []) {
    const { parent, policy, column, tested } = found;
    const isFree = [column, ...tested].every((each) => !write.tied.includes(each.id) && write.leavesFree(each));
    const isScoped = graph
      .ownedBy(table.id, 'foreignKey')
      .some(({ columns }) => columns.length > 1 && columns.includes(column.id));
    if (!isFree || isScoped || !decidesToday(graph, policy, clientRoles)) continue;
    const owner = ownerOf(graph, parent);
    const [reader] = policyAudience(graph, policy, clientRoles).filter(
      ({ name, role, commands }) =>
        commands.includes('select') &&
        readers.some((each) => each.role === role) &&
        seesEveryRow(graph, { name, role }, parent) === false &&
        policiesFor(graph, parent, 'select', role).every((each) => each.isPermissive),
    );
    if (owner === undefined || reader === undefined) continue;
    return { ...found, owner, isForOthers: showsRowsOfOthers(graph, reader, table) };
  }
  return undefined;
}

function decidesToday(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): boolean {
  const table = graph.get('table', policy.table);
  return (
    !blindPolicies(graph, clientRoles).has(policy) &&
    forbiddenRead(graph, policy, clientRoles) === undefined &&
    !allFailByRecursion(graph, table, policyAudience(graph, policy, clientRoles))
  );
}

/** The one column by which policies that let clients read match its rows with the user. */
function ownerOf(graph: SchemaGraph, table: Table): Column | undefined {
  const owners = new Set<EntityId>();
  for (const policy of graph.ownedBy(table.id, 'policy')) {
    if (!policy.isPermissive || policy.using === null) continue;
    if (policy.command !== 'select' && policy.command !== 'all') continue;
    for (const way of waysOf(policy.using) ?? [])
      for (const part of way) for (const each of ownersIn(graph, part)) owners.add(each);
  }
  const [owner, another] = owners;
  return owner === undefined || another !== undefined ? undefined : graph.get('column', owner);
}

type Lookup = Pick<PublishedRows, 'parent' | 'policy' | 'column' | 'key' | 'tested' | 'lookup'>;

/** By the table whose rows are looked for. */
const lookupsOf = askedOnce((graph): ReadonlyMap<EntityId, readonly Lookup[]> => {
  const found = new Map<EntityId, Lookup[]>();
  for (const policy of graph.ofKind('policy')) {
    if (!policy.isPermissive || (policy.command !== 'select' && policy.command !== 'all')) continue;
    for (const way of (policy.using === null ? undefined : waysOf(policy.using)) ?? []) {
      const [only, ...others] = way.filter((each) => !isOpenToSignedIn(each));
      const lookup = only === undefined || others.length > 0 ? undefined : lookupIn(graph, policy, only);
      if (lookup !== undefined) addTo(found, lookup.column.relation, lookup);
    }
  }
  return found;
});

function lookupIn(graph: SchemaGraph, policy: Policy, part: BoundExpression): Lookup | undefined {
  const link = fieldsOf(part.tree, 'SubLink');
  const select = fieldsOf(link?.subselect, 'SelectStmt');
  const [from, ...more] = select?.fromClause ?? [];
  if (link === undefined || select === undefined || more.length > 0 || !isPlainSelect(select)) return undefined;
  const range = fieldsOf(from, 'RangeVar');
  if (range === undefined) return undefined;
  const pairs = conjuncts(select.whereClause).map((each) => ({ each, pair: equated(each, part) }));
  const rest = pairs.filter(({ pair }) => pair === undefined).map(({ each }) => each);
  const joined = [...pairs.flatMap(({ pair }) => pair ?? []), ...listed(link, select, part)];
  const [pair, another] = joined;
  if (pair === undefined || another !== undefined || !rest.every((each) => isOfRowAlone(each, part))) return undefined;
  const [column, key] = [graph.find(pair.own), graph.find(pair.outer)];
  if (column?.kind !== 'column' || key?.kind !== 'column' || key.relation !== policy.table) return undefined;
  const parent = graph.find(key.relation);
  if (parent?.kind !== 'table' || column.relation === parent.id || !isUniqueAlone(graph, key)) return undefined;
  const tested = new Set(rest.flatMap((each) => columnsIn(each, part).flatMap((meaning) => meaning.column ?? [])));
  const condition = link.subLinkType === 'EXISTS_SUBLINK' ? select.whereClause : undefined;
  const lookup = { condition, name: range.alias?.aliasname ?? range.relname ?? '' };
  tested.delete(column.id);
  return { parent, policy, column, key, lookup, tested: [...tested].map((id) => graph.get('column', id)) };
}

interface Pair {
  readonly own: EntityId;
  readonly outer: EntityId;
}

/** `posts.item_id = items.id`, either way round. */
function equated(part: Node, binding: BoundExpression): Pair | undefined {
  for (const [own, outer] of equalSides(part)) {
    const pair = pairOf(own, outer, binding);
    if (pair !== undefined) return pair;
  }
  return undefined;
}

/** `id in (select item_id from posts …)`. */
function listed(
  { subLinkType, testexpr }: SubLink,
  { targetList }: SelectStmt,
  binding: BoundExpression,
): readonly Pair[] {
  if (subLinkType !== 'ANY_SUBLINK') return [];
  const pair = pairOf(fieldsOf(targetList?.[0], 'ResTarget')?.val, testexpr, binding);
  return pair === undefined ? [] : [pair];
}

function pairOf(own: Node | undefined, outer: Node | undefined, binding: BoundExpression): Pair | undefined {
  const [inner, around] = [columnMeaning(own, binding), columnMeaning(outer, binding)];
  if (inner?.column === undefined || inner.isOuter || !inner.isDirect || around?.column === undefined) return undefined;
  return around.isOuter ? { own: inner.column, outer: around.column } : undefined;
}
