import type { SubLink } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { subselectsOf } from '../binding/questions/subselects.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { conditionsOf } from '../policies/policy-clauses.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { callerComparisons } from './caller-comparisons.ts';
import { asksCaller } from './caller-source.ts';
import { isOpenToSignedIn } from './signed-out.ts';

/** A column that says which tenant a row belongs to, and the table in which the caller's tenant is looked up. */
export interface DroppedScope {
  readonly column: EntityId;
  readonly table: EntityId;
}

/**
 * What USING compares with the tenant of the caller, where CHECK asks for the caller's row of the very same table (a role in it) and for no tenant: such a role is
 * one within a tenant, since USING keeps even those who have it to theirs. One that is looked up elsewhere, or is called one
 * above tenants, may be meant to reach all of them.
 */
export function droppedScopes(
  graph: SchemaGraph,
  using: BoundExpression,
  check: BoundExpression,
): readonly DroppedScope[] {
  const table = standingTable(graph, check);
  const asksOfRow = callerComparisons(graph, check).length > 0;
  if (table === undefined || asksOfRow || ABOVE_TENANTS.test(check.text)) return [];
  return conditionsOf(using).flatMap((each) => {
    const [comparison, another] = callerComparisons(graph, each);
    if (comparison === undefined || another !== undefined) return [];
    const { via, isOwnValue, isCorrelated, reads, column } = comparison;
    const isLookedUp = via === 'membership' && isOwnValue && !isCorrelated && reads.every((read) => read === table);
    const links = subselectsOf(each.tree, each).filter(({ relations }) => relations.length > 0);
    const isOne = isLookedUp && links.length === 1 && links.every(({ link }) => givesScope(graph, link, each));
    return isOne ? [{ column, table }] : [];
  });
}

const ABOVE_TENANTS = /super|platform|system|global|root|support/i;

/** The one table in which a check looks for the caller, whatever the row is that it is about. */
function standingTable(graph: SchemaGraph, check: BoundExpression): EntityId | undefined {
  const asking = conditionsOf(check).filter((each) => asksCaller(graph, each.tree, each) && !isOpenToSignedIn(each));
  const tables = asking.map((each) => {
    if ('BoolExpr' in each.tree || callsUsersFunction(graph, each)) return undefined;
    const found = subselectsOf(each.tree, each).filter(({ relations }) => relations.length > 0);
    const [only, another] = new Set(found.flatMap(({ relations }) => relations));
    return another === undefined && found.every(({ isCorrelatedToOuter }) => !isCorrelatedToOuter) ? only : undefined;
  });
  const [first] = tables;
  return tables.every((each) => each === first) ? first : undefined;
}

/** Does the subselect give a column that many callers share, and not the key of the caller's row or the caller? */
function givesScope(graph: SchemaGraph, { subselect }: SubLink, expression: BoundExpression): boolean {
  const { targetList, whereClause } = fieldsOf(subselect, 'SelectStmt') ?? {};
  const id = columnMeaning(fieldsOf(targetList?.[0], 'ResTarget')?.val, expression)?.column;
  const column = id === undefined ? undefined : graph.find(id);
  if (column?.kind !== 'column' || isUniqueAlone(graph, column)) return false;
  return !conjuncts(whereClause).some((part) => {
    const { lexpr, rexpr } = fieldsOf(part, 'A_Expr') ?? {};
    const names = [lexpr, rexpr].some((side) => columnMeaning(side, expression)?.column === id);
    return names && [lexpr, rexpr].some((side) => asksCaller(graph, side, expression));
  });
}
