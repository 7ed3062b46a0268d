import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { constantText } from './operand.ts';
import { rowField } from './row-field.ts';

/** By what a column moves when it is given a new value that starts from its own. */
export interface Step {
  readonly sign: '+' | '-';
  /** The constant; null where it is worked out. */
  readonly amount: string | null;
}

/** `+ 1` of `n = n + 1`, also of `coalesce(n, 0) + 1` and within `greatest(…, 0)`: the first one, one by a constant before all others. */
export function stepOf(value: Node | null, name: string): Step | undefined {
  const steps: Step[] = [];
  walk(value ?? undefined, (_tag, node) => {
    const { kind, name: operator, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
    const sign = stringsOf(operator).at(-1);
    if (kind === 'AEXPR_OP' && (sign === '+' || sign === '-') && lexpr !== undefined && startsFrom(lexpr, name))
      steps.push({ sign, amount: constantText(rexpr) });
    return undefined;
  });
  return steps.find(({ amount }) => amount !== null) ?? steps[0];
}

/** Not NEW.n, which may be a column of the same name elsewhere. */
function startsFrom(value: Node, name: string): boolean {
  return anyNode(value, (node) => {
    const isNamed = stringsOf(fieldsOf(node, 'ColumnRef')?.fields).at(-1) === name;
    return isNamed && rowField(node) === undefined;
  });
}
