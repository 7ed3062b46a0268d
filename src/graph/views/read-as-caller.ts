import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isGrantedOnPurpose } from '../history/table-grants.ts';
import type { Statement } from '../journal.ts';
import { admitsNothing } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import { type ClientAccess, type ClientRelation, clientAccess } from '../privileges/client-access.ts';
import type { OwnerRead } from '../privileges/owner-reads.ts';
import { isUnderRowSecurity, mayAnyColumn, mayColumn, mayTable } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { namedColumns } from './named-columns.ts';

type View = EntityOf<'view'>;

/** What a view reads of one relation and a role may not. */
export interface Forbidden {
  readonly relation: ClientRelation;
  /** The columns that it may not read; empty where it may read none at all. */
  readonly columns: readonly EntityOf<'column'>[];
}

/** What of this relation the view reads and the role may not read itself: an invoker view ends in 42501 for it, also where the column stands in WHERE or ON alone. */
function forbiddenIn(
  graph: SchemaGraph,
  { query }: View,
  relation: ClientRelation,
  role: Grantee,
): Forbidden | undefined {
  if (relation.isAssumed === true || mayTable(graph, role, relation, 'r')) return undefined;
  if (!mayAnyColumn(graph, role, relation, 'r')) return { relation, columns: [] };
  const columns = namedColumns(graph, query, relation.id).filter((each) => !mayColumn(graph, role, each, 'r'));
  return columns.length === 0 ? undefined : { relation, columns };
}

/** Clients that may not read themselves what a view reads of one table. */
export interface Outsiders {
  readonly clients: readonly ClientAccess[];
  /** Of the first of them. */
  readonly forbidden: Forbidden;
}

/**
 * Those whom the view is for: the readers that a GRANT names, else all. Where one is named and another was not, default privileges alone let the other in, as
 * into any new view.
 */
export function meantReaders(
  statements: readonly Statement[],
  view: View,
  readers: readonly ClientAccess[],
): readonly ClientAccess[] {
  const named = readers.filter(({ name }) => isGrantedOnPurpose(statements, view.name, name, 'select'));
  return named.length > 0 ? named : readers;
}

/** Those that may read the view and not what it reads, by the first such table. */
export function outsiders(
  graph: SchemaGraph,
  reads: readonly OwnerRead[],
  readers: readonly ClientAccess[],
): Outsiders | undefined {
  for (const { table, through } of reads) {
    const view = through.at(-1);
    const found = readers.flatMap((reader) => {
      const forbidden = view?.kind === 'view' ? forbiddenTo(graph, view, table, reader) : undefined;
      return forbidden === undefined ? [] : [{ reader, forbidden }];
    });
    const [first] = found;
    if (first !== undefined) return { clients: found.map(({ reader }) => reader), forbidden: first.forbidden };
  }
  return undefined;
}

/** By the grants of the table's schema as well. Of a table that nothing made they are not known: mostly they are those that every table is given. */
function forbiddenTo(
  graph: SchemaGraph,
  view: View,
  table: OwnerRead['table'],
  { name, role }: ClientAccess,
): Forbidden | undefined {
  if (table.isAssumed === true) return undefined;
  const isNamed = clientAccess(graph, table, [name]).some(mayRead);
  return isNamed ? forbiddenIn(graph, view, table, role) : { relation: table, columns: [] };
}

/** The first that the role may not read of all that the views read, were they invoker views; in the invoker views below them too. */
export function forbiddenToCaller(graph: SchemaGraph, views: readonly View[], role: Grantee): Forbidden | undefined {
  const open = new Set(views);
  // A set that grows while it is gone through is gone through to its end.
  for (const view of open)
    for (const relation of relationsOf(graph, view)) {
      const forbidden = forbiddenIn(graph, view, relation, role);
      if (forbidden !== undefined) return forbidden;
      if (relation.kind === 'view' && relation.securityInvoker) open.add(relation);
    }
  return undefined;
}

function relationsOf(graph: SchemaGraph, { query }: View): readonly ClientRelation[] {
  const ids = new Set(query.references.flatMap(({ kind, target }) => (kind === 'relation' ? [target] : [])));
  return [...ids].flatMap((id) => {
    const found = graph.find(id);
    const isRead =
      found?.kind === 'table' ||
      found?.kind === 'view' ||
      found?.kind === 'materializedView' ||
      found?.kind === 'foreignTable';
    return isRead ? [found] : [];
  });
}

/** The tables that the views read and of which no policy shows the role a row: read as the caller, they are empty. */
export function emptyForCaller(
  graph: SchemaGraph,
  views: readonly View[],
  role: Grantee,
): readonly EntityOf<'table'>[] {
  const tables = new Set(views.flatMap((each) => relationsOf(graph, each)).filter(({ kind }) => kind === 'table'));
  return [...tables].flatMap((table) => {
    if (table.kind !== 'table' || !graph.isKnown(table, 'rowSecurity') || !isUnderRowSecurity(graph, role, table))
      return [];
    const shows = policiesFor(graph, table, 'select', role).some(
      (each) => each.isPermissive && !admitsNothing(each, 'select'),
    );
    return shows ? [] : [table];
  });
}

/**
 * The views with their owners' rights by which clients read these: a security_invoker view below one is read as who asks, and not as the owner of the one
 * above (docs, 39.5), so that the one above would lose the rows as well. A materialized view is filled as its owner.
 */
export function ownersViewsAbove(
  graph: SchemaGraph,
  views: readonly View[],
  clientRoles: readonly string[],
): readonly View[] {
  const seen = new Set<EntityId>(views.map(({ id }) => id));
  const open = [...views];
  const found: View[] = [];
  for (let view = open.shift(); view !== undefined; view = open.shift())
    for (const above of graph.dependentsOfKind(view.id, 'view')) {
      if (seen.has(above.id) || !isReading(above, view)) continue;
      seen.add(above.id);
      open.push(above);
      if (!above.securityInvoker && clientAccess(graph, above, clientRoles).some(mayRead)) found.push(above);
    }
  return found;
}

function isReading({ query }: View, { id }: View): boolean {
  return query.references.some(({ kind, target }) => kind === 'relation' && target === id);
}

function mayRead({ commands }: ClientAccess): boolean {
  return commands.includes('select');
}
