import type { SelectStmt } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { bodyTree } from './body-tree.ts';

/**
 * May the planner put the body of the function in the place of its call? It does so with SQL functions that are one SELECT,
 * run with the caller's rights and set nothing (inline_function() and inline_set_returning_function(),
 * src/backend/optimizer/util/clauses.c): of one expression, or, where a set is returned, STABLE or IMMUTABLE.
 */
export function isInlinable(fn: EntityOf<'function'>): boolean {
  if (fn.language !== 'sql' || fn.routine !== 'function' || fn.security === 'definer' || fn.config.length > 0)
    return false;
  const tree = bodyTree(fn);
  if (tree.language !== 'sql' && tree.language !== 'standard') return false;
  const [only, ...others] = tree.statements;
  const select = only && fieldsOf(only.tree, 'SelectStmt');
  if (select === undefined || others.length > 0) return tree.language === 'standard' && others.length === 0;
  if (fn.returnsSet) return fn.volatility !== 'volatile' && !fn.isStrict;
  return isOneExpression(select);
}

function isOneExpression(select: SelectStmt): boolean {
  const { fromClause, whereClause, groupClause, havingClause, limitCount, sortClause, withClause, larg, valuesLists } =
    select;
  const clauses = [
    fromClause,
    whereClause,
    groupClause,
    havingClause,
    limitCount,
    sortClause,
    withClause,
    larg,
    valuesLists,
  ];
  const [target, ...others] = select.targetList ?? [];
  if (target === undefined || others.length > 0 || clauses.some((each) => each !== undefined)) return false;
  return !anyNode(target, (_, tag) => tag === 'SubLink');
}
