import type { InsertStmt, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { fieldsOfStatement, type Statement } from '../journal.ts';
import { admittedClients } from '../privileges/admitted-clients.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { rowTests, writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';

type Table = EntityOf<'table'>;

/**
 * Is the table there for one row, which no client changes: a key that may have one value only (CHECK (id = 1)), or a history that writes one row where there
 * is none (`insert … select … where not exists (select from` the table itself `)`), beside which nothing that is known adds any?
 */
export function holdsOneRow(
  graph: SchemaGraph,
  table: Table,
  statements: readonly Statement[],
  clientRoles: readonly string[],
): boolean {
  if (admittedClients(graph, table, clientRoles, ['insert', 'update']).length > 0) return false;
  return hasOneKey(graph, table) || (isFilledOnce(graph, table, statements) && !isAddedTo(graph, table));
}

/** A unique key of one column that a CHECK holds to a constant. */
function hasOneKey(graph: SchemaGraph, { id }: Table): boolean {
  const unique = graph
    .ownedBy(id, 'index')
    .flatMap(({ isUnique, predicate, keys: [only, another] }) =>
      isUnique && predicate === null && another === undefined ? (only?.column ?? []) : [],
    )
    .filter((column) => graph.get('column', column).notNull);
  return graph.ownedBy(id, 'checkConstraint').some(
    ({ expression }) =>
      conjuncts(expression.tree).length === 1 &&
      rowTests(expression).some(({ column, kind, against }) => {
        return kind === 'equal' && against === 'constant' && unique.includes(column);
      }),
  );
}

function isAddedTo(graph: SchemaGraph, { id }: Table): boolean {
  return writesTo(graph, id).some(({ write }) => write.kind === 'insert');
}

function isFilledOnce(graph: SchemaGraph, { id }: Table, statements: readonly Statement[]): boolean {
  const inserts = insertsByTable(graph, statements).get(id) ?? [];
  return inserts.length > 0 && inserts.every((each) => fillsOnce(graph, each, id));
}

const insertsByTable = askedOnce(
  (graph: SchemaGraph, statements: readonly Statement[]): ReadonlyMap<EntityId, InsertStmt[]> => {
    const found = new Map<EntityId, InsertStmt[]>();
    for (const statement of statements) {
      const insert = fieldsOfStatement(statement, 'InsertStmt');
      const table = writtenRelation(graph, insert?.relation);
      if (insert !== undefined && table !== undefined) addTo(found, table.id, insert);
    }
    return found;
  },
);

/** One row, and that only into the empty table. */
function fillsOnce(graph: SchemaGraph, { selectStmt }: InsertStmt, table: EntityId): boolean {
  const { fromClause, whereClause, op } = fieldsOf(selectStmt, 'SelectStmt') ?? {};
  if (op !== 'SETOP_NONE' || fromClause !== undefined) return false;
  return conjuncts(whereClause).some((each) => {
    const { boolop, args } = fieldsOf(each, 'BoolExpr') ?? {};
    const { subLinkType, subselect } = fieldsOf(args?.[0], 'SubLink') ?? {};
    const asked = fieldsOf(subselect, 'SelectStmt');
    const isNotExists = boolop === 'NOT_EXPR' && subLinkType === 'EXISTS_SUBLINK';
    return isNotExists && asked?.whereClause === undefined && isOnly(graph, asked?.fromClause, table);
  });
}

function isOnly(graph: SchemaGraph, from: readonly Node[] | undefined, table: EntityId): boolean {
  const [only, another] = from ?? [];
  return another === undefined && writtenRelation(graph, fieldsOf(only, 'RangeVar'))?.id === table;
}
