import type { Node } from '@pgsql/types';
import { SourceError } from '../../../errors.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { readSql } from '../../../sql/parse.ts';
import { relocate } from '../../../sql/relocate.ts';

/**
 * Parses what Postgres itself printed (pg_get_expr and friends), completed by `prefix` to a statement. Places in the tree
 * count UTF-16 units from the start of `text`.
 *
 * @throws SourceError when the grammar does not accept it: the server is newer, or the text nests too deeply
 */
export function parseDeparsed(prefix: string, text: string): Node {
  const { statements, rejected, passedOver } = readSql(prefix + text, '');
  const [statement] = statements;
  if (statement === undefined || statements.length > 1) {
    const why = rejected[0]?.message ?? passedOver[0]?.message ?? 'it is not one statement';
    throw new SourceError(`The server prints SQL that ddlint cannot read (${why}): ${text}`);
  }
  relocate(statement.node, (offset) => offset - prefix.length);
  return statement.node;
}

/** An expression as pg_get_expr prints it. */
export function parseExpression(text: string): Node {
  const select = fieldsOf(parseDeparsed('SELECT ', text), 'SelectStmt');
  const value = fieldsOf(select?.targetList?.[0], 'ResTarget')?.val;
  if (value === undefined) throw new SourceError(`The server prints an expression that ddlint cannot read: ${text}`);
  return value;
}
