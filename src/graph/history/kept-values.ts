import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { readPlpgsql } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { fieldsOfStatement, type Statement } from '../journal.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';

const COPYING = ['InsertStmt', 'CreateTableAsStmt', 'CopyStmt', 'UpdateStmt'] as const;

/** Does the statement copy rows of the table elsewhere, or a DO block with it? */
export function keepsRows(statement: Statement, table: string): boolean {
  return [statement.node, ...blockTrees(statement)].some((each) => readsFrom(each, table));
}

/** The same of a column: an UPDATE of the table may have moved its values to another one; a copy of its rows keeps them. */
export function keepsValues(statement: Statement, table: string, column: string): boolean {
  const isUpdated = fieldsOfStatement(statement, 'UpdateStmt')?.relation?.relname === table;
  if (isUpdated || readsFrom(statement.node, table)) return true;
  return blockTrees(statement).some((each) => readsFrom(each, table) && namesColumn(each, column));
}

function readsFrom(node: Node, table: string): boolean {
  if (!COPYING.some((each) => each in node)) return false;
  return anyNode(node, (inner) => fieldsOf(inner, 'RangeVar')?.relname === table);
}

/** The column, or all of them. */
function namesColumn(node: Node, column: string): boolean {
  return anyNode(node, (inner) => {
    const last = fieldsOf(inner, 'ColumnRef')?.fields?.at(-1);
    return last !== undefined && ('A_Star' in last || fieldsOf(last, 'String')?.sval === column);
  });
}

/** The statements and expressions of a DO block in PL/pgSQL, whether or not the replay knew that they run; of others none. */
function blockTrees(statement: Statement): readonly Node[] {
  const options = (fieldsOfStatement(statement, 'DoStmt')?.args ?? []).flatMap(
    (each) => fieldsOf(each, 'DefElem') ?? [],
  );
  const content = fieldsOf(options.find(({ defname }) => defname === 'as')?.arg, 'String')?.sval;
  const language = fieldsOf(options.find(({ defname }) => defname === 'language')?.arg, 'String')?.sval ?? 'plpgsql';
  if (content === undefined || language !== 'plpgsql') return [];
  const reading = readPlpgsql(content, (offset) => offset, statement.at.file);
  if (!reading.ok) return [];
  return [...eachStatement([reading.block])].flatMap((each) => ownExpressions(each.statement).map(({ tree }) => tree));
}
