import type { A_Const, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';
import { unwrapped } from '../query-shapes/operand.ts';

/** A part of a condition that is never false, as the list it compares with holds NULL: `s in ('a', null)` is true or NULL. */
export interface NullInList {
  /** The columns it tests, by name. */
  readonly columns: readonly string[];
  /** The NULLs of the list. */
  readonly nulls: readonly A_Const[];
  readonly node: Node;
}

/** Of what AND connects, the parts that can never be false for that reason. A row passes a CHECK by NULL as well as by true. */
export function nullsInLists(expression: BoundExpression): readonly NullInList[] {
  return conjuncts(expression.tree).flatMap((part) => {
    const nulls = disjuncts(part).flatMap(nullsOf);
    return nulls.length === 0 ? [] : [{ columns: columnsIn(part), nulls, node: part }];
  });
}

/** Of `x in (…)` and `x = any (array[…])`. NOT IN is false for what is listed. */
function nullsOf(part: Node): readonly A_Const[] {
  const { kind, name, rexpr } = fieldsOf(part, 'A_Expr') ?? {};
  if (stringsOf(name).at(-1) !== '=') return [];
  const listed =
    kind === 'AEXPR_IN'
      ? fieldsOf(rexpr, 'List')?.items
      : kind === 'AEXPR_OP_ANY'
        ? fieldsOf(unwrapped(rexpr), 'A_ArrayExpr')?.elements
        : undefined;
  return (listed ?? []).flatMap((each) => {
    const constant = fieldsOf(unwrapped(each), 'A_Const');
    return constant?.isnull === true ? [constant] : [];
  });
}

function columnsIn(part: Node): readonly string[] {
  const names = new Set<string>();
  walk(part, (_, node) => {
    const name = stringsOf(fieldsOf(node, 'ColumnRef')?.fields).at(-1);
    if (name !== undefined) names.add(name);
    return undefined;
  });
  return [...names];
}
