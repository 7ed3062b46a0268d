import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { isClosedToClients } from '../caller/closed-conditions.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayAnyColumn } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type Alternative, alternativesOf, isWithin } from './alternatives.ts';
import { policyAudience } from './policy-audience.ts';
import { admitsNothing, decidingClause } from './policy-clauses.ts';
import { policiesFor, type RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/** An alternative of a policy for UPDATE or DELETE for which no SELECT policy shows a row. */
export interface UnseenBranch {
  readonly policy: Policy;
  readonly branch: Alternative;
  /** It is all that the policy says. */
  readonly isWhole: boolean;
  readonly access: readonly ClientAccess[];
  /** By what the first of the clients see rows. */
  readonly showing: readonly Policy[];
}

/**
 * Where whatever rows a client sees may be changed by other alternatives already, an alternative for somebody else (`is_staff()`, another column of
 * users) adds nothing: an UPDATE or DELETE with a WHERE meets only rows that a SELECT policy shows as well (docs, CREATE POLICY).
 */
export function unseenBranches(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): readonly UnseenBranch[] {
  const policies = graph.ownedBy(table.id, 'policy');
  return policies.flatMap((policy): readonly UnseenBranch[] => {
    const { command, using, isPermissive } = policy;
    if (!isPermissive || using === null || (command !== 'update' && command !== 'delete')) return [];
    const isAlone = !policies.some((each) => each !== policy && (each.command === command || each.command === 'all'));
    if (isAlone && disjuncts(using.tree).length === 1) return [];
    const audience = policyAudience(graph, policy, clientRoles).filter(
      ({ role, commands }) => commands.includes(command) && mayAnyColumn(graph, role, table, 'r'),
    );
    const [first] = audience;
    if (first === undefined) return [];
    const own = alternativesOf(using);
    return own.flatMap((branch): readonly UnseenBranch[] => {
      if (!audience.every(({ role }) => addsNothing(graph, table, command, role, branch))) return [];
      const showing = shownBy(graph, table, 'select', first.role).map((each) => each.policy);
      return [{ policy, branch, isWhole: own.length === 1, access: audience, showing: [...new Set(showing)] }];
    });
  });
}

interface Shown {
  readonly policy: Policy;
  readonly alternative: Alternative;
}

function shownBy(graph: SchemaGraph, table: Table, command: RowCommand, role: Grantee): readonly Shown[] {
  return policiesFor(graph, table, command, role).flatMap((policy) => {
    const clause = decidingClause(policy, command);
    if (!policy.isPermissive || clause === null || admitsNothing(policy, command)) return [];
    return alternativesOf(clause).map((alternative) => ({ policy, alternative }));
  });
}

function addsNothing(
  graph: SchemaGraph,
  table: Table,
  command: RowCommand,
  role: Grantee,
  branch: Alternative,
): boolean {
  const { expression } = branch;
  if (foldBoolean(expression.tree) !== undefined || isOpenToSignedIn(expression)) return false;
  if (!asksCaller(graph, expression.tree, expression) || isClosedToClients(graph, expression)) return false;
  const shown = shownBy(graph, table, 'select', role).map((each) => each.alternative);
  const others = shownBy(graph, table, command, role)
    .map((each) => each.alternative)
    .filter((each) => each !== branch);
  if (shown.length === 0 || others.some((each) => isWithin(branch, each))) return false;
  if (!shown.every((each) => others.some((other) => isWithin(each, other)))) return false;
  return isForOthers(graph, branch, shown);
}

/** Is it by other columns that it ties rows to the caller, or by none? What a function makes of a key may come to the same. */
function isForOthers(graph: SchemaGraph, branch: Alternative, shown: readonly Alternative[]): boolean {
  const compared = callerComparisons(graph, branch.expression);
  const seen = new Set(
    shown.flatMap(({ expression }) => callerComparisons(graph, expression).map(({ column }) => column)),
  );
  return seen.size > 0 && compared.every(({ column, via }) => via !== 'argument' && !seen.has(column));
}
