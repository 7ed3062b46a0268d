import type { Node } from '@pgsql/types';
import { fieldsOf, innerOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { type Call, callsOf } from '../binding/questions/calls.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { searchedKeys } from '../indexes/index-coverage.ts';
import { ownColumns } from '../own-column.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, isAlwaysTrue, restricts } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import { testsIn } from '../query-shapes/column-tests.ts';
import { bodyTree } from '../routines/body-tree.ts';
import { isInlinable } from '../routines/inlinable.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/**
 * Does what stands beside the policy let an index find the rows by its own comparison with these calls, for each client role and
 * command that it decides? Permissive policies are joined by OR, so that each of them needs an index as well. Restrictive ones
 * are checked first, and no condition that might tell of a row they hide is made an index condition
 * (restriction_is_securely_promotable(), src/backend/optimizer/util/restrictinfo.c). Seen with EXPLAIN on Postgres 18. Yes where
 * that is not sure.
 */
export function leavesIndexUsable(
  graph: SchemaGraph,
  policy: Policy,
  calls: readonly Call[],
  clientRoles: readonly string[],
): boolean {
  const table = graph.get('table', policy.table);
  const isLeaky = calls.some((each) => isTakenForLeaky(graph, each));
  return policyAudience(graph, policy, clientRoles).every(({ role, commands }) =>
    commands.every((command) => {
      if (command === 'insert') return true;
      const others = policiesFor(graph, table, command, role).filter((each) => each !== policy);
      if (isLeaky && others.some((each) => restricts(each, command) && isCheckedBefore(each, policy))) return false;
      const joined = policy.isPermissive ? others.filter((each) => each.isPermissive) : [];
      // Where one of them is true, Postgres drops the whole OR.
      return (
        joined.some((each) => isAlwaysTrue(each, command)) ||
        joined.every((each) => isServed(graph, table, decidingClause(each, command)))
      );
    }),
  );
}

/** Restrictive policies come first, by name (add_security_quals(), src/backend/rewrite/rowsecurity.c). */
function isCheckedBefore(restrictive: Policy, policy: Policy): boolean {
  return policy.isPermissive || restrictive.name < policy.name;
}

/** Postgres puts the body of auth.uid() in its place, and takes the COALESCE there for what might tell of a row (contain_leaked_vars(), clauses.c). */
function isTakenForLeaky(graph: SchemaGraph, { function: called }: Call): boolean {
  const fn = called?.id === undefined ? undefined : graph.find(called.id);
  if (fn?.kind !== 'function' || !isInlinable(fn)) return false;
  const body = bodyTree(fn);
  const statements = body.language === 'sql' || body.language === 'standard' ? body.statements : [];
  return statements.some(({ tree }) => anyNode(tree, (node) => 'CoalesceExpr' in node));
}

/** Can indexes find all rows for which the clause of a permissive policy is true? Where there are none, none has to. */
function isServed(graph: SchemaGraph, table: Table, clause: BoundExpression | null): boolean {
  if (clause === null || table.isAssumed) return true;
  const volatile = callsOf(clause).filter(
    ({ function: called, runs }) => called?.volatility === 'volatile' && runs.per !== 'statement',
  );
  const serves = (node: Node): boolean => {
    const value = foldBoolean(node);
    if (value === false || value === null) return true;
    const { boolop, args = [] } = fieldsOf(node, 'BoolExpr') ?? {};
    if (boolop === 'AND_EXPR') return args.some(serves);
    if (boolop === 'OR_EXPR') return args.every(serves);
    const isVolatile = anyNode(node, (each) => volatile.some(({ call }) => call === innerOf(each)));
    return !isVolatile && mayBeIndexCondition(graph, table, node, clause);
  };
  return serves(clause.tree);
}

/** Not what names no column, nor a subselect that is asked about each row. What an index's expression or predicate names may be. */
function mayBeIndexCondition(graph: SchemaGraph, table: Table, node: Node, clause: BoundExpression): boolean {
  const columns = ownColumns(node, clause);
  const isAsked = anyNode(node, (each) => 'SubLink' in each && ownColumns(each, clause).size > 0);
  if (columns.size === 0 || isAsked) return false;
  const indexes = graph.ownedBy(table.id, 'index').filter((each) => each.isValid);
  const expressions = indexes.flatMap(({ keys, predicate }) => [
    predicate,
    ...keys.map(({ expression }) => expression),
  ]);
  if (expressions.some((each) => each?.references.some(({ target }) => columns.has(target)))) return true;
  return testsIn(node, clause).some(
    ({ test: { column, isBare, operator, against } }) =>
      isBare &&
      operator !== '<>' &&
      against !== 'column' &&
      indexes.some((each) => searchedKeys(each).some((key) => key.column === column)),
  );
}
