import type { FuncCall, Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { isNeverTrue } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isRequestRole } from '../caller/request-role.ts';
import type { EntityOf } from '../entities/index.ts';
import { wordsOf } from '../lexicon/words.ts';
import { certainResult, meaningsOf } from '../query-shapes/certain-run.ts';
import { elementsOf } from '../query-shapes/compared-constants.ts';
import { constantText } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { clausesOf, decidingClause, waysOf } from './policy-clauses.ts';
import { commandsOf } from './unreached-policies.ts';

type Policy = EntityOf<'policy'>;
type Clause = Pick<Binding, 'meanings'>;

/** Calls within calls that are followed. */
const MAX_DEPTH = 2;

/** A policy that asks for roles that no request has. */
export interface UnheldRoles {
  readonly policy: Policy;
  readonly roles: readonly string[];
  /** Does it admit nobody at all, and not only by one of its branches? */
  readonly isWhole: boolean;
}

/**
 * The permissive policies for clients that ask the token for a role that the database does not have: `auth.jwt() ->> 'role' = 'admin'`. The API takes on
 * the role that the token names (SET ROLE), so that no statement ever runs with another one there (PostgREST docs, Authentication).
 */
export const unheldRoles = askedOnce((graph: SchemaGraph): readonly UnheldRoles[] => {
  const clients = new Set(['public', ...CLIENTS.flatMap((each) => graph.global('role', each)?.id ?? [])]);
  return graph.ofKind('policy').flatMap((policy) => {
    const table = graph.get('table', policy.table);
    const isAsked = table.rowSecurity && graph.isKnown(table, 'rowSecurity');
    if (graph.isDoubtful(policy, ['policies'])) return [];
    if (!policy.isPermissive || !isAsked || !policy.roles.some((each) => clients.has(each))) return [];
    const clauses = clausesOf(policy).map(({ expression }) => expression);
    const roles = [...new Set(clauses.flatMap((each) => rolesAsked(graph, each.tree, each)))];
    if (roles.length === 0) return [];
    const isWhole = commandsOf(policy).every((command) => {
      const clause = decidingClause(policy, command);
      return clause !== null && isForNone(graph, clause);
    });
    const isTold =
      isWhole || clauses.some((each) => hasBranchForNone(graph, each) && !isAskedOtherwise(graph, each, roles));
    return isTold ? [{ policy, roles, isWhole }] : [];
  });
});

const CLIENTS = ['anon', 'authenticated'];

/** Does the policy admit nobody, as all it admits are roles that no request has? */
export function isForUnheldRole(graph: SchemaGraph, policy: Policy): boolean {
  return unheldRoles(graph).some((each) => each.policy === policy && each.isWhole);
}

function hasBranchForNone(graph: SchemaGraph, clause: BoundExpression): boolean {
  return (waysOf(clause) ?? []).some((way) => way.some((condition) => isForNone(graph, condition)));
}

/** Does another branch ask for one of the roles elsewhere: `… or auth.jwt() -> 'app_metadata' ->> 'role' = 'admin'`, `… or is_admin()`? */
function isAskedOtherwise(graph: SchemaGraph, clause: BoundExpression, roles: readonly string[]): boolean {
  const written = nodesOf(clause.tree, 'A_Const').filter(({ sval }) => roles.includes(sval?.sval ?? ''));
  const compared = nodesOf(clause.tree, 'A_Expr').flatMap((each) => rolesCompared(graph, { A_Expr: each }, clause));
  const others = nodesOf(clause.tree, 'FuncCall').filter((each) => askedByHelper(graph, each, clause).length === 0);
  const called = others.flatMap((each) => wordsOf(stringsOf(each.funcname).at(-1) ?? ''));
  return written.length > compared.length || called.some((each) => roles.includes(each));
}

/** Is the condition never true, and that because it asks for such a role? */
function isForNone(graph: SchemaGraph, condition: BoundExpression): boolean {
  return isNeverTrue(condition.tree, ofRequests(graph, condition)) && !isNeverTrue(condition.tree);
}

/** What is known of every request: its role is one that there is. */
function ofRequests(graph: SchemaGraph, clause: Clause, depth = 0): Assumption {
  return (node) => {
    if (rolesCompared(graph, node, clause).length > 0) return false;
    const called = depth < MAX_DEPTH ? helperIn(graph, node, clause) : undefined;
    if (called === undefined) return undefined;
    const shape = routineShape(graph, called);
    const result = certainResult(shape, ofRequests(graph, meaningsOf(shape.expressions), depth + 1), new Map());
    return result === true ? undefined : result;
  };
}

/** A function of the user's that is called without a value of the row. */
function helperIn(graph: SchemaGraph, node: Node, clause: Clause): EntityOf<'function'> | undefined {
  const call = fieldsOf(node, 'FuncCall');
  const called = call === undefined || (call.args ?? []).length > 0 ? undefined : calledFunction(graph, node, clause);
  return called !== undefined && isUsersOwn(graph, called) && !graph.isDoubtful(called, ['functions'])
    ? called
    : undefined;
}

/** The roles that the request is asked for anywhere in the tree, also by helpers that it calls, and that there are none of. */
function rolesAsked(graph: SchemaGraph, tree: Node, clause: Clause, depth = 0): readonly string[] {
  const direct = nodesOf(tree, 'A_Expr').flatMap((each) => rolesCompared(graph, { A_Expr: each }, clause));
  if (depth === MAX_DEPTH) return direct;
  return [...direct, ...nodesOf(tree, 'FuncCall').flatMap((each) => askedByHelper(graph, each, clause, depth))];
}

function askedByHelper(graph: SchemaGraph, call: FuncCall, clause: Clause, depth = 0): readonly string[] {
  const called = helperIn(graph, { FuncCall: call }, clause);
  if (called === undefined) return [];
  return routineShape(graph, called).expressions.flatMap((bound) => rolesAsked(graph, bound.tree, bound, depth + 1));
}

/** The constants of `auth.jwt() ->> 'role' in ('admin', 'staff')`, where the database has a role of none of these names. */
function rolesCompared(graph: SchemaGraph, node: Node, clause: Clause): readonly string[] {
  const named = equalSides(node).map(([role, value]) => ({ role, values: [constantText(value)] }));
  const { role, values } = [...named, ...listed(node)].find((each) => isRequestRole(each.role, clause)) ?? {};
  if (role === undefined || values === undefined || values.length === 0) return [];
  const names = values.flatMap((each) => (each === null || graph.global('role', each) !== undefined ? [] : [each]));
  return names.length === values.length ? names : [];
}

function listed(
  node: Node,
): readonly { readonly role: Node | undefined; readonly values: readonly (string | null)[] }[] {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (stringsOf(name).at(-1) !== '=') return [];
  if (kind === 'AEXPR_IN') return [{ role: lexpr, values: (fieldsOf(rexpr, 'List')?.items ?? []).map(constantText) }];
  return kind === 'AEXPR_OP_ANY' ? [{ role: lexpr, values: elementsOf(rexpr) }] : [];
}
