import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { callsMadeForEveryRow, tablesReadBy } from '../routines/function-reads.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type AppliedExpression, appliedExpressions, type RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
/** What stands between a policy and a table that it reads. */
type Between = EntityOf<'view' | 'function'>;

/** A way on which the evaluation of a policy comes back to the policy's own table. */
export interface PolicyLoop {
  /** One policy for each table on the way, the asked one first. */
  readonly policies: readonly Policy[];
  /** The views and functions that the way goes through. */
  readonly through: readonly Between[];
  /** The SELECT policies of the table by which it cannot be entered again. */
  readonly closedBy: readonly Policy[];
}

interface Step {
  readonly table: Table;
  /** Whose rights the table is read with: a view's owner, or the caller. */
  readonly role: Grantee;
  readonly policies: readonly Policy[];
  readonly through: readonly Between[];
}

/**
 * The loop for which the rewriter raises 42P17 when the role runs the command: it puts the SELECT policies of every table
 * that a subselect of a policy reads into the query, and refuses to enter a table twice whose SELECT policies hold a
 * subselect, whatever that reads. Views of an owner who is not under row security end it; function bodies are queries of
 * their own. (fireRIRrules(), src/backend/rewrite/rewriteHandler.c.)
 * @param supposed a policy that is taken to have a subselect which reads nothing, as wrapping a call would give it one
 */
export function subselectLoop(
  graph: SchemaGraph,
  policy: Policy,
  command: RowCommand,
  caller: Grantee,
  supposed?: Policy,
): PolicyLoop | undefined {
  const hasSubselect = (each: Policy): boolean => each === supposed || holdsSubselect(graph, each);
  const enter = (table: Table, role: Grantee): readonly AppliedExpression[] => {
    const applied = isUnderRowSecurity(graph, role, table) ? appliedExpressions(graph, table, 'select', role) : [];
    return applied.some(({ policy: each }) => hasSubselect(each)) ? applied : [];
  };
  return search(graph, policy, command, caller, enter, (applied, { role }) => readsOf(graph, applied, role, caller));
}

/**
 * The loop that goes through functions: each runs its own query, which evaluates the policies of what it reads, until the
 * stack is full (54001). Only where the function is called for whatever row is met: a branch that is decided before it may
 * keep it from being called, as may another permissive policy.
 */
export function functionLoop(graph: SchemaGraph, policy: Policy, caller: Grantee): PolicyLoop | undefined {
  const enter = (table: Table, role: Grantee): readonly AppliedExpression[] => {
    const applied = isUnderRowSecurity(graph, role, table) ? appliedExpressions(graph, table, 'select', role) : [];
    return applied.filter((each) => each.policy.isPermissive).length === 1 ? applied : [];
  };
  return search(graph, policy, 'select', caller, enter, (applied) =>
    callsMadeForEveryRow(applied.expression).flatMap((id) => {
      const called = graph.find(id);
      if (called?.kind !== 'function') return [];
      const role = called.security === 'definer' ? called.owner : caller;
      return tablesReadBy(graph, called).flatMap((read) => throughViews(graph, read, role, role, [called]));
    }),
  );
}

/** A table as something reads it. */
export interface Read {
  readonly table: Table;
  readonly role: Grantee;
  readonly through: readonly Between[];
}

/** Breadth first, so that the shortest way is the one told. */
function search(
  graph: SchemaGraph,
  policy: Policy,
  command: RowCommand,
  caller: Grantee,
  enter: (table: Table, role: Grantee) => readonly AppliedExpression[],
  reads: (applied: AppliedExpression, step: Pick<Step, 'role'>) => readonly Read[],
): PolicyLoop | undefined {
  const own = graph.get('table', policy.table);
  if (!mayLeadBack(graph, own.id)) return undefined;
  if (!isUnderRowSecurity(graph, caller, own)) return undefined;
  const first = appliedExpressions(graph, own, command, caller).filter((each) => each.policy === policy);
  const open: Step[] = [];
  const seen = new Map<EntityId, Set<Grantee>>();
  const follow = (applied: readonly AppliedExpression[], from: Omit<Step, 'table'>): void => {
    for (const each of applied) {
      for (const { table, role, through } of reads(each, from)) {
        const roles = seen.get(table.id) ?? new Set();
        if (roles.has(role)) continue;
        seen.set(table.id, roles.add(role));
        open.push({ table, role, policies: [...from.policies, each.policy], through: [...from.through, ...through] });
      }
    }
  };
  follow(first, { role: caller, policies: [], through: [] });
  for (let step = open.shift(); step !== undefined; step = open.shift()) {
    const applied = enter(step.table, step.role);
    if (step.table.id === own.id && applied.length > 0) {
      const { policies, through } = step;
      return {
        policies,
        through,
        closedBy: applied.map((each) => each.policy).filter((each) => holdsSubselect(graph, each)),
      };
    }
    follow(applied, step);
  }
  return undefined;
}

/** Whoever asks, and whatever is decided on the way: can reading the table come back to it at all? */
const mayLeadBack = askedOnce((graph: SchemaGraph, table: EntityId): boolean => {
  const seen = new Set<EntityId>();
  const open = [...tablesBehind(graph, table)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === table) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...tablesBehind(graph, next));
  }
  return false;
});

/** The tables that policies of a table read in subselects, views and functions. */
const tablesBehind = askedOnce((graph: SchemaGraph, table: EntityId): ReadonlySet<EntityId> => {
  const clauses = graph.ownedBy(table, 'policy').flatMap(({ using, check }) => [using, check]);
  const relations = clauses.flatMap((clause) => {
    if (clause === null) return [];
    const called = callsMadeForEveryRow(clause).map((id) => graph.find(id));
    return [
      ...relationsIn(clause),
      ...called.flatMap((each) => (each?.kind === 'function' ? tablesReadBy(graph, each) : [])),
    ];
  });
  const reads = relations.flatMap((each) => throughViews(graph, each, 'public', 'public', []));
  return new Set(reads.map((each) => each.table.id));
});

/** The tables that the expression of a policy reads, itself and through views, with the rights each is read with. */
export function readsOf(
  graph: SchemaGraph,
  { expression }: AppliedExpression,
  role: Grantee,
  caller: Grantee,
): readonly Read[] {
  return relationsIn(expression).flatMap((each) => throughViews(graph, each, role, caller, []));
}

/** A whole row that is given to a function, `can_see(members)`, is there already: only what is in FROM is read. */
function relationsIn({ references }: BoundExpression): readonly EntityId[] {
  const read = references.filter(({ kind, node }) => kind === 'relation' && !('fields' in node));
  return [...new Set(read.map((each) => each.target))];
}

/** The tables that reading the relation reads, through views, with the rights each is read with. */
function throughViews(
  graph: SchemaGraph,
  relation: EntityId,
  role: Grantee,
  caller: Grantee,
  through: readonly Between[],
  seen: Set<EntityId> = new Set(),
): readonly Read[] {
  const entity = graph.find(relation);
  if (entity?.kind === 'table') return [{ table: entity, role, through }];
  if (entity?.kind !== 'view' || seen.has(relation)) return [];
  seen.add(relation);
  const inside = entity.securityInvoker ? caller : entity.owner;
  return relationsIn(entity.query).flatMap((each) =>
    throughViews(graph, each, inside, caller, [...through, entity], seen),
  );
}

/** A subselect in either clause: Postgres keeps one flag for the whole policy. */
const holdsSubselect = askedOnce((_: SchemaGraph, { using, check }: Policy): boolean => {
  return [using, check].some((clause) => clause !== null && anyNode(clause.tree, (_node, tag) => tag === 'SubLink'));
});
