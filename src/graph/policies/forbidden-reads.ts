import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { groupedBy } from '../grouping.ts';
import { type ClientAccess, clientAccess } from '../privileges/client-access.ts';
import { mayAnyColumn, mayColumn } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { admittingPolicies } from './policy-audience.ts';
import { isAlwaysTrue } from './policy-clauses.ts';
import { policiesFor, type RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Relation = EntityOf<'table' | 'view' | 'materializedView' | 'foreignTable'>;

/** What a policy looks into although a role that meets it may not: every statement of the role fails with 42501 then. */
export interface ForbiddenRead {
  readonly relation: Relation;
  /** The column that the role may not read, where it may read others. */
  readonly column: EntityOf<'column'> | null;
  /** The roles, and the commands by which they meet the policy. */
  readonly access: readonly ClientAccess[];
}

/**
 * The first relation in the subselects of a policy that a client role may not read. A policy reads with the rights of whoever runs the statement, and these are
 * checked before a row is looked at. Not where a policy beside it is true for every row, as Postgres leaves the others out then; nor for a role that is not
 * signed in and has nothing to lose: no other policy of the table admits it, and this one is not for it by name or asks for a user.
 */
export function forbiddenRead(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ForbiddenRead | undefined {
  const table = graph.get('table', policy.table);
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return undefined;
  const met = clientAccess(graph, table, clientRoles).flatMap((access) => {
    const commands = access.commands.filter((each) => isMet(graph, policy, each, access));
    return commands.length === 0 ? [] : [{ ...access, commands }];
  });
  const byRelation = groupedBy(readsOf(graph, [policy.using, policy.check]), ({ relation }) => relation);
  for (const [relation, reads] of byRelation) {
    const refused = (each: ClientAccess, command: RowCommand) =>
      reads.filter((read) => isIn(policy, command, read.clause) && !mayRead(graph, each, read));
    const access = met.flatMap((each) => {
      const commands = each.commands.filter((command) => refused(each, command).length > 0);
      return commands.length === 0 ? [] : [{ ...each, commands }];
    });
    if (access.length === 0) continue;
    const isWhole = access.some(({ role }) => !mayAnyColumn(graph, role, relation, 'r'));
    const [first] = access.flatMap((each) => each.commands.flatMap((command) => refused(each, command)));
    return { relation, column: isWhole ? null : (first?.column ?? null), access };
  }
  return undefined;
}

/**
 * Does the policy look into a relation that none of the roles it is for may read: then every statement that meets it fails before a row is looked at.
 * False where the roles are not all known.
 */
export function isForbiddenToAll(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): boolean {
  const callers: readonly Grantee[] = policy.roles.includes('public')
    ? clientRoles.map((name) => graph.global('role', name)?.id ?? 'public')
    : policy.roles;
  if (callers.length === 0 || callers.includes('public')) return false;
  return readsOf(graph, [policy.using, policy.check]).some(
    ({ relation, column }) => column === null && callers.every((role) => !mayAnyColumn(graph, role, relation, 'r')),
  );
}

function isMet(graph: SchemaGraph, policy: Policy, command: RowCommand, access: ClientAccess): boolean {
  const table = graph.get('table', policy.table);
  const policies = policiesFor(graph, table, command, access.role);
  if (!policies.includes(policy) || policies.some((each) => each.isPermissive && isAlwaysTrue(each, command)))
    return false;
  const isMeant = policy.roles.some((each) => each === access.role);
  return (
    access.name !== 'anon' ||
    admittingPolicies(graph, table, command, access).some((each) => each !== policy || isMeant)
  );
}

interface Read {
  readonly clause: BoundExpression;
  readonly relation: Relation;
  readonly column: EntityOf<'column'> | null;
}

function readsOf(graph: SchemaGraph, clauses: readonly (BoundExpression | null)[]): readonly Read[] {
  return clauses.flatMap((clause) =>
    (clause?.references ?? []).flatMap(({ kind, target, relation: owner, isOuter }): readonly Read[] => {
      if (clause === null || isOuter || (kind !== 'relation' && kind !== 'column')) return [];
      const relation = relationOf(graph, kind === 'relation' ? target : owner);
      const column = kind === 'column' ? graph.find(target) : undefined;
      if (relation === undefined || (kind === 'column' && column?.kind !== 'column')) return [];
      return [{ clause, relation, column: column?.kind === 'column' ? column : null }];
    }),
  );
}

function relationOf(graph: SchemaGraph, id: EntityId | undefined): Relation | undefined {
  const found = id === undefined ? undefined : graph.find(id);
  if (found === undefined || found.isAssumed === true || graph.isDoubtful(found, ['privileges'])) return undefined;
  const isRelation =
    found.kind === 'table' ||
    found.kind === 'view' ||
    found.kind === 'materializedView' ||
    found.kind === 'foreignTable';
  return isRelation ? found : undefined;
}

function mayRead(graph: SchemaGraph, { role }: ClientAccess, { relation, column }: Read): boolean {
  return column === null ? mayAnyColumn(graph, role, relation, 'r') : mayColumn(graph, role, column, 'r');
}

/** USING picks rows, WITH CHECK judges those that are written; without it USING does both (docs, CREATE POLICY). */
function isIn({ using, check }: Policy, command: RowCommand, clause: BoundExpression): boolean {
  if (command === 'select' || command === 'delete') return clause === using;
  if (command === 'insert') return clause === (check ?? using);
  return clause === using || clause === check;
}
