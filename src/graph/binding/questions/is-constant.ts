import type { Node } from '@pgsql/types';
import { walk } from '../../../sql/walk.ts';
import type { Binding } from '../binding.ts';

/**
 * Whether an expression has one value for all rows, sessions and times: no column, parameter, subselect or session value,
 * and only functions that are known to be IMMUTABLE.
 */
export function isConstant(tree: Node, binding: Binding): boolean {
  let constant = true;
  walk(tree, (_, node) => {
    if ('FuncCall' in node) {
      const meaning = binding.meanings.get(node.FuncCall);
      constant &&= meaning?.kind === 'call' && meaning.function.volatility === 'immutable';
    } else if ('ColumnRef' in node || 'ParamRef' in node || 'SubLink' in node || 'SQLValueFunction' in node)
      constant = false;
    return constant ? undefined : 'stop';
  });
  return constant;
}
