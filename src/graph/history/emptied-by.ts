import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import { fieldsOfStatement, type Statement } from '../journal.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { NULL } from '../query-shapes/query.ts';
import { queriesInSchema } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { writtenRelation } from '../written-relation.ts';

/**
 * The UPDATE by which the history emptied the column in every row, after which neither the history nor a function of the schema writes a
 * value to it.
 */
export function emptiedBy(
  graph: SchemaGraph,
  statements: readonly Statement[],
  column: EntityOf<'column'>,
): Statement | undefined {
  const isLastWord = (each: Statement) => writes(graph, each, column);
  const last = statements.findLast(isLastWord);
  const update = last && fieldsOfStatement(last, 'UpdateStmt');
  if (update === undefined || update.whereClause !== undefined || (update.fromClause ?? []).length > 0)
    return undefined;
  if (!givenBy(update.targetList, column).every((each) => constantOf(each) === NULL)) return undefined;
  const isWritten = queriesInSchema(graph).some(({ query }) =>
    query.writes.some(
      ({ relation, sets }) =>
        relation === column.relation && sets.some((each) => each.column === column.id && each.constant !== NULL),
    ),
  );
  return isWritten ? undefined : last;
}

function writes(graph: SchemaGraph, statement: Statement, column: EntityOf<'column'>): boolean {
  const insert = fieldsOfStatement(statement, 'InsertStmt');
  const update = fieldsOfStatement(statement, 'UpdateStmt');
  if (writtenRelation(graph, insert?.relation ?? update?.relation)?.id !== column.relation) return false;
  if (update !== undefined) return givenBy(update.targetList, column).length > 0;
  const { cols, onConflictClause } = insert ?? {};
  const isListed = cols === undefined || cols.some((each) => fieldsOf(each, 'ResTarget')?.name === column.name);
  return isListed || givenBy(onConflictClause?.targetList, column).length > 0;
}

/** What a SET gives to the column. */
function givenBy(targets: readonly Node[] | undefined, { name }: EntityOf<'column'>): readonly (Node | undefined)[] {
  return (targets ?? []).flatMap((each) => {
    const target = fieldsOf(each, 'ResTarget');
    return target?.name === name ? [target.val] : [];
  });
}
