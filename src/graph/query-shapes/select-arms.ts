import type { Node, SelectStmt } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';

/** What UNION puts together; EXCEPT shows rows by what it reads on its other side. */
export function armsOf(select: SelectStmt): readonly SelectStmt[] {
  const { op, larg, rarg } = select;
  if (op === undefined || op === 'SETOP_NONE') return [select];
  return op !== 'SETOP_UNION' || larg === undefined || rarg === undefined ? [] : [...armsOf(larg), ...armsOf(rarg)];
}

/** The same; none where rows are taken away as well. */
export function wholeArms(select: SelectStmt | undefined): readonly SelectStmt[] {
  if (select === undefined) return [];
  const { op = 'SETOP_NONE', larg, rarg } = select;
  if (op === 'SETOP_NONE') return [select];
  const [left, right] = [wholeArms(larg), wholeArms(rarg)];
  return op === 'SETOP_UNION' && left.length > 0 && right.length > 0 ? [...left, ...right] : [];
}

/** What FROM joins, without what stands in subselects. */
export function joined(sources: readonly (Node | undefined)[]): readonly (Node | undefined)[] {
  return sources.flatMap((each) => {
    const join = fieldsOf(each, 'JoinExpr');
    return join === undefined ? [each] : joined([join.larg, join.rarg]);
  });
}

/** Those of them without a row in which the query has none: not the side that an outer join fills up with NULL. */
export function decidingSources(sources: readonly (Node | undefined)[]): readonly (Node | undefined)[] {
  return sources.flatMap((each) => {
    const { jointype, larg, rarg } = fieldsOf(each, 'JoinExpr') ?? {};
    if (jointype === undefined) return [each];
    const left = jointype === 'JOIN_RIGHT' || jointype === 'JOIN_FULL' ? [] : [larg];
    const right = jointype === 'JOIN_LEFT' || jointype === 'JOIN_FULL' ? [] : [rarg];
    return decidingSources([...left, ...right]);
  });
}
