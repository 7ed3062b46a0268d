import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';

/** The functions that give the time (docs 9.9.5). */
const NOW = new Set(['now', 'transaction_timestamp', 'statement_timestamp', 'clock_timestamp']);

/** now(), CURRENT_DATE and their like. */
export function isCurrentTime(node: Node): boolean {
  if ('SQLValueFunction' in node) return /CURRENT_(?:DATE|TIME)|LOCALTIME/.test(node.SQLValueFunction.op ?? '');
  return NOW.has(stringsOf(fieldsOf(node, 'FuncCall')?.funcname).at(-1) ?? '');
}
