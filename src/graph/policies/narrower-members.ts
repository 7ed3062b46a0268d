import type { Node } from '@pgsql/types';
import { boundPart } from '../bound-expression.ts';
import { type AskedMembership, askedMembership } from '../caller/asked-membership.ts';
import type { EntityId } from '../entity-id.ts';
import { tiesAsked } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type Alternative, type AskedBeyond, partOf } from './alternatives.ts';
import { seesEveryRow } from './open-reading.ts';
import { admittingPolicies } from './policy-audience.ts';
import { waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Role = Pick<ClientAccess, 'name' | 'role'>;

/**
 * What one alternative asks for beyond another, where both look for the caller's row in the same table of members and one of them, or both, by a function:
 * `is_owner(org_id)` beside `exists (select from members m where m.org_id = offers.org_id and m.user_id = auth.uid())`. Undefined where the one is not
 * within the other; empty where it asks for as much.
 */
export function beyondMembers(
  graph: SchemaGraph,
  access: readonly Role[],
  one: Alternative,
  other: Alternative,
): readonly AskedBeyond[] | undefined {
  const ofList = new Set<Node>();
  const rest = new Map([...one.conditions.values()].map((tree) => [tree, [tree] as readonly Node[]]));
  for (const [key, tree] of one.conditions) if (other.conditions.has(key)) rest.delete(tree);
  for (const [key, tree] of other.conditions) {
    if (one.conditions.has(key)) continue;
    const wanted = askedMembership(graph, boundPart(other.expression, tree));
    const found = [...rest.keys()].flatMap((each) => {
      const member = askedMembership(graph, boundPart(one.expression, each));
      return member !== undefined && wanted !== undefined && isWithin(graph, access, member, wanted)
        ? [{ each, member, wanted }]
        : [];
    })[0];
    if (found === undefined) return undefined;
    if (isWithin(graph, access, found.wanted, found.member)) rest.delete(found.each);
    else rest.set(found.each, askedBesides(found.each, found.member, found.wanted));
    if (isOfList(found.member, found.wanted)) ofList.add(found.each);
  }
  return [...rest].flatMap(([tree, asked]) => {
    const condition = partOf(one.expression, tree);
    const list = ofList.has(tree) ? ({ isOfList: true } as const) : {};
    return asked.map((each) => ({
      asked: each === tree ? condition : partOf(one.expression, each),
      condition,
      ...list,
    }));
  });
}

/** Do the two ask for the same of the caller's row, but that one lists fewer values? */
function isOfList(one: AskedMembership, wanted: AskedMembership): boolean {
  return (
    one.isWhole &&
    one.joins.size === wanted.joins.size &&
    [...one.values.keys()].every((column) => wanted.values.has(column))
  );
}

/** What the one asks of the row: of a function the call, else the tests that the other has not. */
function askedBesides(tree: Node, one: AskedMembership, wanted: AskedMembership): readonly Node[] {
  const tests = [...one.values].filter(([column, { constants }]) => {
    const same = wanted.values.get(column)?.constants;
    return same === undefined || !same.every((each) => constants.includes(each));
  });
  return one.isInline && tests.length > 0 ? tests.map(([, { condition }]) => condition) : [tree];
}

/** Has whoever has the one row the other, and is it found? */
function isWithin(graph: SchemaGraph, access: readonly Role[], one: AskedMembership, wanted: AskedMembership): boolean {
  if (one.relation !== wanted.relation || one.user !== wanted.user || !wanted.isWhole) return false;
  if (one.source !== 'user' || wanted.source !== 'user') return false;
  const isJoined = [...wanted.joins].every(([column, own]) => one.joins.get(column) === own);
  const isListed = [...wanted.values].every(([column, { constants }]) => {
    return one.values.get(column)?.constants.every((each) => constants.includes(each)) === true;
  });
  return isJoined && isListed && isFound(graph, access, one, wanted);
}

/** With the same rights, or such as meet the caller's own rows. */
function isFound(
  graph: SchemaGraph,
  access: readonly Role[],
  one: AskedMembership,
  { relation, user, definer }: AskedMembership,
): boolean {
  const table = graph.find(relation);
  if (table?.kind !== 'table') return false;
  if (definer !== null) return !isUnderRowSecurity(graph, definer.owner, table);
  if (one.definer === null) return true;
  return access.every((each) => {
    if (seesEveryRow(graph, each, table) === true) return true;
    const isRestricted = policiesFor(graph, table, 'select', each.role).some(({ isPermissive }) => !isPermissive);
    return (
      !isRestricted &&
      admittingPolicies(graph, table, 'select', each).some((policy) => showsOwn(graph, policy.using, user))
    );
  });
}

function showsOwn(graph: SchemaGraph, clause: Parameters<typeof waysOf>[0] | null, user: EntityId): boolean {
  const ways = clause === null ? [] : (waysOf(clause) ?? []);
  return ways.some(([only, ...more]) => {
    const tied = only === undefined || more.length > 0 ? [] : (tiesAsked(graph, only) ?? []);
    return tied.length === 1 && tied[0] === user;
  });
}
