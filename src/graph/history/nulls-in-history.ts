import type { InsertStmt, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { EntityId } from '../entity-id.ts';
import { type Change, fieldsOfStatement, type Statement } from '../journal.ts';
import { insertedValues } from '../query-shapes/inserted-values.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';
import { bornIn } from './born-in.ts';

/**
 * The columns in which the history itself wants NULL: DROP NOT NULL was the last word on them, or rows were added that have no
 * value there (a price list that is everybody's, next to each tenant's own).
 */
export function nullsInHistory(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
): ReadonlySet<EntityId> {
  const known = made.get(journal);
  if (known !== undefined) return known;
  const columns = new Set(letBeNull(journal).keys());
  for (const statement of statements) {
    const insert = fieldsOfStatement(statement, 'InsertStmt');
    if (insert === undefined) continue;
    const { migration } = statement;
    for (const id of leftOut(graph, insert)) {
      const born = bornIn(journal, id);
      if (born !== undefined && born.index <= migration.index) columns.add(id);
    }
  }
  made.set(journal, columns);
  return columns;
}

const made = new WeakMap<readonly Change[], ReadonlySet<EntityId>>();

/** The DROP NOT NULL that was the last word on the column: by then someone wanted rows without a value. */
export function letBeNullBy(journal: readonly Change[], column: EntityId): Statement | undefined {
  return letBeNull(journal).get(column);
}

const dropped = new WeakMap<readonly Change[], ReadonlyMap<EntityId, Statement>>();

function letBeNull(journal: readonly Change[]): ReadonlyMap<EntityId, Statement> {
  const known = dropped.get(journal);
  if (known !== undefined) return known;
  const columns = new Map<EntityId, Statement>();
  for (const change of journal) {
    if (change.type !== 'altered' || change.before.kind !== 'column' || change.after.kind !== 'column') continue;
    if (change.before.notNull === change.after.notNull) continue;
    if (!change.after.notNull) columns.set(change.after.id, change.by);
    else columns.delete(change.after.id);
  }
  dropped.set(journal, columns);
  return columns;
}

/** The columns without a default that an INSERT with a list of columns leaves out, or gives the word NULL. */
function leftOut(graph: SchemaGraph, insert: InsertStmt): readonly EntityId[] {
  const table = writtenRelation(graph, insert.relation);
  if (table?.kind !== 'table' || insert.cols === undefined) return [];
  const columns = graph.columns(table.id);
  const given = insertedValues(insert, columns);
  return columns.flatMap((column) => {
    const values = given.get(column.name);
    return (values === undefined ? column.default === null : values.some(isNull)) ? [column.id] : [];
  });
}

function isNull(node: Node | undefined): boolean {
  return fieldsOf(unwrapped(node), 'A_Const')?.isnull === true;
}
