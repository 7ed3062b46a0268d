import type { EntityOf } from '../graph/entities/index.ts';
import { isFoundByChance } from '../graph/names/captured-columns.ts';
import { capturedPaths } from '../graph/names/captured-paths.ts';
import { blindPolicies } from '../graph/policies/blind-policies.ts';
import { allFailByRecursion } from '../graph/policies/failing-statements.ts';
import { forbiddenRead } from '../graph/policies/forbidden-reads.ts';
import { policyAudience } from '../graph/policies/policy-audience.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';

type Policy = EntityOf<'policy'>;

/** The policies that decide by a row today, and not only once another finding is mended. */
export interface WorkingDeciders {
  readonly working: readonly Policy[];
  /** A sentence where none of them works: why, and that mending it opens what is told; else empty. */
  readonly idle: string;
}

export function workingDeciders(
  graph: SchemaGraph,
  policies: readonly Policy[],
  clientRoles: readonly string[],
): WorkingDeciders {
  const blind = blindPolicies(graph, clientRoles);
  const isRefused = (each: Policy) => forbiddenRead(graph, each, clientRoles) !== undefined;
  const isLooping = (each: Policy) =>
    allFailByRecursion(graph, graph.get('table', each.table), policyAudience(graph, each, clientRoles));
  const isByChance = ({ table, using, check }: Policy) =>
    [using, check].some(
      (each) =>
        each !== null &&
        (isFoundByChance(graph, each, table) || capturedPaths(graph, each, graph.get('table', table)).length > 0),
    );
  const isIdle = (each: Policy) => blind.has(each) || isRefused(each) || isLooping(each) || isByChance(each);
  const working = policies.filter((each) => !isIdle(each));
  if (working.length > 0 || policies.length === 0) return { working, idle: '' };
  const why = [
    { holds: isRefused, sentence: REFUSED },
    { holds: isLooping, sentence: LOOPING },
    { holds: isByChance, sentence: BY_CHANCE },
  ].find(({ holds }) => policies.every(holds));
  return { working, idle: why?.sentence ?? BLIND };
}

const BLIND = ' Today they find no such row, as blind-policy-read says: whoever mends that opens this.';

const BY_CHANCE = ' Today they find such a row by chance only, as captured-column says: whoever mends that opens this.';

const REFUSED =
  ' Today each statement that meets them fails with 42501, as forbidden-policy-read says: whoever mends that opens this.';

const LOOPING =
  ' Today each statement that meets them fails with 42P17, as policy-recursion says: whoever mends that opens this.';
