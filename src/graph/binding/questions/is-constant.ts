import type { Node } from '@pgsql/types';
import { anyNode } from '../../../sql/walk.ts';
import type { Binding } from '../binding.ts';

/**
 * Whether an expression has one value for all rows, sessions and times: no column, parameter, subselect or session value,
 * and only functions that are known to be IMMUTABLE.
 */
export function isConstant(tree: Node, binding: Binding): boolean {
  return !anyNode(tree, (node) => {
    if (!('FuncCall' in node))
      return 'ColumnRef' in node || 'ParamRef' in node || 'SubLink' in node || 'SQLValueFunction' in node;
    const meaning = binding.meanings.get(node.FuncCall);
    return meaning?.kind !== 'call' || meaning.function.volatility !== 'immutable';
  });
}
