import type { Node, SelectStmt, SubLink } from '@pgsql/types';
import { equalSides } from '../../../sql/equality.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { anyNode } from '../../../sql/walk.ts';
import { conjuncts } from '../../query-shapes/column-tests.ts';
import type { Binding } from '../binding.ts';

/**
 * Is it an EXISTS that Postgres can turn round itself, as it is tied to the row by equality alone (convert_EXISTS_to_ANY(),
 * subselect.c; seen with EXPLAIN on Postgres 18)?
 */
export function canBeHashed({ subLinkType, subselect }: SubLink, binding: Binding): boolean {
  const select = fieldsOf(subselect, 'SelectStmt');
  if (subLinkType !== 'EXISTS_SUBLINK' || select === undefined || !isSimple(select)) return false;
  // The row may be named in WHERE only, and there only on one side of an equality.
  if ((select.fromClause ?? []).some((each) => names(each, 'outer', binding))) return false;
  return conjuncts(select.whereClause).every((part) => {
    if (!names(part, 'outer', binding)) return true;
    return equalSides(part).some(
      ([own, other]) =>
        !names(own, 'inner', binding) && names(other, 'inner', binding) && !names(other, 'outer', binding),
    );
  });
}

/** What simplify_EXISTS_query() leaves: a plain SELECT of one level. */
function isSimple({
  op,
  groupClause,
  havingClause,
  withClause,
  limitOffset,
  valuesLists,
  windowClause,
}: SelectStmt): boolean {
  const others = [groupClause, havingClause, withClause, limitOffset, valuesLists, windowClause];
  return (op === undefined || op === 'SETOP_NONE') && others.every((each) => each === undefined);
}

/**
 * Does it name the row of the expression (`outer`), or a row of what the subselect reads (`inner`)? What is not found is a column of a table
 * that nothing made, which is read here: the row's own columns are known.
 */
function names(node: Node | undefined, whose: 'outer' | 'inner', { meanings }: Binding): boolean {
  return anyNode(node, (each) => {
    const reference = fieldsOf(each, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    if (reference !== undefined && meaning === undefined) return whose === 'inner';
    return meaning !== undefined && 'isOuter' in meaning && meaning.isOuter === (whose === 'outer');
  });
}
