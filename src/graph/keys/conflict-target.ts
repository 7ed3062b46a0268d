import type { InferClause, OnConflictClause } from '@pgsql/types';
import { quoteIdentifier } from '../../sql/name.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

/** Why Postgres refuses to plan an INSERT with ON CONFLICT, whatever the rows are. */
export interface UnmetConflict {
  /** As the server says it, and of which table and columns that is. */
  readonly message: string;
  readonly kind: 'conflict' | 'constraint';
  /** The columns by which it looks for an index, in the order written; empty where it names a constraint. */
  readonly columns: readonly string[];
}

/**
 * ON CONFLICT (columns) needs a unique index over just these columns, without a predicate or with one that its own WHERE implies; ON
 * CONFLICT ON CONSTRAINT a constraint of that name (infer_arbiter_indexes(), src/backend/optimizer/util/plancat.c). Undefined where there
 * is one, and where that is not certain.
 */
export function unmetConflict(
  graph: SchemaGraph,
  relation: EntityId,
  { infer }: OnConflictClause,
): UnmetConflict | undefined {
  const table = graph.find(relation);
  if (infer === undefined || table?.kind !== 'table' || table.isAssumed === true || !isUsersOwn(graph, table))
    return undefined;
  if (graph.isDoubtful(table, ['existence', 'columns', 'constraints', 'indexes'])) return undefined;
  if (infer.conname !== undefined) return lackedConstraint(graph, table, infer.conname);
  const columns = plainColumns(graph, table, infer);
  if (columns === undefined || columns.length === 0) return undefined;
  const wanted = new Set(columns.map(({ id }) => id));
  const isOpen = infer.whereClause !== undefined;
  const isMet = graph.ownedBy(table.id, 'index').some((index) => {
    if (!index.isUnique || (index.predicate !== null && !isOpen)) return false;
    const keys = index.keys.map(({ column }) => column);
    return new Set(keys).size === wanted.size && keys.every((each) => each !== null && wanted.has(each));
  });
  if (isMet) return undefined;
  const names = columns.map(({ name }) => name);
  const key = `${graph.path(table)} (${names.map(quoteIdentifier).join(', ')})`;
  return {
    kind: 'conflict',
    message: `there is no unique or exclusion constraint matching the ON CONFLICT specification: ${key}`,
    columns: names,
  };
}

function lackedConstraint(graph: SchemaGraph, table: EntityOf<'table'>, name: string): UnmetConflict | undefined {
  if (graph.constraint(table.id, name) !== undefined) return undefined;
  const message = `constraint "${name}" for table "${table.name.name}" does not exist`;
  return { kind: 'constraint', message, columns: [] };
}

/** Undefined where it names an expression, a collation, an operator class or a column that is not known. */
function plainColumns(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  { indexElems }: InferClause,
): readonly EntityOf<'column'>[] | undefined {
  const found: EntityOf<'column'>[] = [];
  for (const each of indexElems ?? []) {
    const { name, expr, collation, opclass } = fieldsOf(each, 'IndexElem') ?? {};
    const column = name === undefined ? undefined : graph.column(table.id, name);
    if (expr !== undefined || collation !== undefined || opclass !== undefined) return undefined;
    if (column === undefined || column.isAssumed === true) return undefined;
    found.push(column);
  }
  return found;
}
