import type { Node } from '@pgsql/types';
import type { EntityOf } from '../graph/entities/index.ts';
import { isNamed, type NamePatterns } from '../graph/lexicon/pattern.ts';
import { POLICY_NAMES } from '../graph/lexicon/policy-names.ts';
import { isNullable } from '../graph/nulls/nullability.ts';
import { ownersIn } from '../graph/policies/parent-writes.ts';
import { waysOf } from '../graph/policies/policy-clauses.ts';
import { remarkAbove } from '../graph/remark-above.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { narrowerWays } from './narrower-check.ts';
import { sql } from './sql.ts';

/**
 * Is whoever has no account meant to add rows by the policy: it names anon, it or a comment right above it says so, or the table keeps what guests give of
 * themselves? A policy for everybody (without TO) alone says nothing of it.
 */
export function areGuestsMeant(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  texts: ReadonlyMap<string, string>,
): boolean {
  const anon = graph.global('role', 'anon');
  if (anon !== undefined && policy.roles.includes(anon.id)) return true;
  if (isNamed(policy.name, POLICY_NAMES.guests) || isNamed(remarkAbove(policy, texts), POLICY_NAMES.saidGuests))
    return true;
  return graph.columns(policy.table).some((each) => isNamed(each.name, OF_GUESTS));
}

const OF_GUESTS: NamePatterns = ['guest_*', '*_guest', 'is_guest_*', 'visitor_*', '*_visitor', 'session_id'];

/**
 * The policy for INSERT by which guests add rows that are nobody's, and no others, where they are meant, another of the ways asks who the owner of the row is,
 * and a row may have none.
 * @param branch the way for whoever has no account, which asks nothing of the row
 */
export function guestsRowsOnly(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  branch: Node,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  if (policy.command !== 'insert' || policy.check === null || !areGuestsMeant(graph, policy, texts)) return undefined;
  const ways = waysOf(policy.check) ?? [];
  const open = ways.filter(([only, ...more]) => only?.tree === branch && more.length === 0);
  const [owner, another] = [...new Set(ways.flat().flatMap((each) => ownersIn(graph, each)))];
  if (open.length === 0 || owner === undefined || another !== undefined) return undefined;
  const column = graph.get('column', owner);
  if (!isNullable(graph, column)) return undefined;
  const title = `Let guests add only rows that are nobody’s (${quoteIdentifier(column.name)})`;
  return narrowerWays(graph, policy, open, [sql`${column.name} is null`], title);
}
