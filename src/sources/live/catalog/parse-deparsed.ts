import type { Node } from '@pgsql/types';
import { parseSync } from 'libpg-query';
import { utf16Offsets } from '../../../sql/utf8.ts';

/**
 * Parses what Postgres itself printed (pg_get_expr and friends) inside the statement that makes it complete.
 * Locations of the tree count UTF-16 units from the start of `text`.
 *
 * @throws Error of the grammar, when the server is newer than it
 */
export function parseDeparsed(prefix: string, text: string, suffix = ''): Node {
  const statement = `${prefix}${text}${suffix}`;
  const node = parseSync(statement).stmts?.[0]?.stmt;
  if (node === undefined) throw new Error('there is no statement');
  const offsets = utf16Offsets(statement);
  const pending: unknown[] = [node];
  while (pending.length > 0) {
    const each = pending.pop();
    if (typeof each !== 'object' || each === null) continue;
    const record = each as Record<string, unknown>;
    for (const [key, value] of Object.entries(record)) {
      if (typeof value !== 'number') pending.push(value);
      else if (LOCATIONS.has(key) && value >= 0) record[key] = (offsets?.[value] ?? value) - prefix.length;
    }
  }
  return node;
}

const LOCATIONS = new Set([
  'location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'stmt_location',
  'name_location',
]);

/** An expression as pg_get_expr prints it. */
export function parseExpression(text: string): Node {
  const node = parseDeparsed('SELECT ', text);
  const target = 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined;
  const value = target && 'ResTarget' in target ? target.ResTarget.val : undefined;
  if (value === undefined) throw new Error('there is no expression');
  return value;
}
