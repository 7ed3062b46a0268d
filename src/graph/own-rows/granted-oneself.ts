import type { EntityOf } from '../entities/index.ts';
import type { NamePatterns } from '../lexicon/pattern.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { carriedGrant } from './carried-grant.ts';
import { freeRank } from './free-rank.ts';
import { freeEntitlements, freeStandings, standingsBeside } from './free-standings.ts';
import { ownRowWrites } from './own-row-writes.ts';

/**
 * The columns that users change in rows of their own by the policy and had better not, as something decides by them or they say what is paid for or granted: whoever
 * takes another column from them leaves them these neither.
 * @param entitlements names of what is paid for or granted
 */
export function grantedOneself(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  clientRoles: readonly string[],
  entitlements: NamePatterns,
): readonly EntityOf<'column'>[] {
  const table = graph.get('table', policy.table);
  const standings = standingsBeside(graph, policy, clientRoles);
  const columns = ownRowWrites(graph, policy, clientRoles).flatMap((write) =>
    write.command === 'insert'
      ? []
      : [
          ...freeStandings(graph, table, write, standings, clientRoles).map(({ column }) =>
            graph.get('column', column),
          ),
          ...freeEntitlements(graph, table, write, entitlements),
          ...(carriedGrant(graph, table, write, entitlements, clientRoles)?.columns ?? []),
          ...[freeRank(graph, table, write)].flatMap((each) => each?.column ?? []),
        ],
  );
  return [...new Set(columns)];
}
