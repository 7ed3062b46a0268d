import { isClosedToSignedOut } from '../graph/caller/closed-conditions.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { brokenBySubselect } from '../graph/policies/broken-by-subselect.ts';
import { bracketed, clauseText } from '../graph/policies/policy-text.ts';
import { isRepeatable } from '../graph/repeatable-text.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { splitName } from './merged-policies.ts';
import { raw, sql } from './sql.ts';

type Policy = EntityOf<'policy'>;

/**
 * A FOR ALL policy as one for each command: reading with its USING, all writing, DELETE too, with its WITH CHECK. Undefined where a clause cannot be
 * written again with certainty, or a name is taken.
 */
export function splitByCheck(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): Fix | undefined {
  const { using, check } = policy;
  if (using === null || check === null || !isRepeatable(graph, using) || !isRepeatable(graph, check)) return undefined;
  // What runs once for a statement is written so that it does; not where a subselect would make another policy fail.
  const wraps = brokenBySubselect(graph, policy, clientRoles) === undefined;
  const [reads, writes] = [using, check].map((each) => bracketed((wraps && clauseText(graph, each)) || each.text));
  const { name: table } = graph.get('table', policy.table);
  const roles = policy.roles.map((each) =>
    each === 'public' ? 'public' : quoteIdentifier(graph.get('role', each).name),
  );
  // Whoever reads without signing in, nobody writes so.
  const isForSignedIn = roles.includes('public') && clientRoles.includes('authenticated');
  const writers = isForSignedIn && isClosedToSignedOut(graph, check) ? ['authenticated'] : roles;
  const clauses = {
    select: `using ${reads}`,
    insert: `with check ${writes}`,
    update: `using ${writes} with check ${writes}`,
    delete: `using ${writes}`,
  } as const;
  const created = (Object.keys(clauses) as (keyof typeof clauses)[]).map((command) => {
    const name = splitName(policy.name, command);
    return graph.part('policy', policy.table, name) === undefined
      ? sql`create policy ${name} on ${table} for ${raw(command)} to ${raw((command === 'select' ? roles : writers).join(', '))}\n  ${raw(clauses[command])};`
      : undefined;
  });
  if (created.includes(undefined)) return undefined;
  return {
    title: 'Split it by command: reading as today, deleting only by who may write (in one transaction)',
    safety: 'review',
    sql: [sql`drop policy ${policy.name} on ${table};`, ...created].join('\n'),
  };
}
