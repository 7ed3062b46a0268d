import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';

/** Does it give another value each time it is asked: the time, something random, the next of a sequence? By the names of the functions that fill keys. */
export function isNewEachTime(node: Node): boolean {
  if ('SQLValueFunction' in node) return true;
  return /random|uuid|now|clock|timestamp|nextval/.test(stringsOf(fieldsOf(node, 'FuncCall')?.funcname).at(-1) ?? '');
}
