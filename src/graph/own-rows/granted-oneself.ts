import type { Standing } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import type { NamePatterns } from '../lexicon/pattern.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { carriedGrant } from './carried-grant.ts';
import { freeMeasures } from './free-measure.ts';
import { freeRank } from './free-rank.ts';
import { freeReputation } from './free-reputation.ts';
import { freeEntitlements, freeStandings, standingsBeside } from './free-standings.ts';
import { type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';
import { unclaimedKey } from './unclaimed-keys.ts';

type Column = EntityOf<'column'>;

/** What a write leaves to users, whatever else they may set: what is paid for or granted, what others make of them, and a key by which they take what waits for somebody else. */
export function claimedOrEarned(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  write: OwnRowWrite,
  standings: readonly Standing[],
  clientRoles: readonly string[],
  entitlements: NamePatterns,
): readonly Column[] {
  const key = unclaimedKey(graph, write, standings, clientRoles);
  return [
    ...freeEntitlements(graph, table, write, entitlements),
    ...freeReputation(graph, table, write, clientRoles).map(({ column }) => column),
    ...(key === undefined ? [] : [key.column]),
  ];
}

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
): readonly Column[] {
  const table = graph.get('table', policy.table);
  const standings = standingsBeside(graph, policy, clientRoles);
  const columns = ownRowWrites(graph, policy, clientRoles).flatMap((write) =>
    write.command === 'insert'
      ? []
      : [
          ...freeStandings(graph, table, write, standings, clientRoles).map(({ column }) =>
            graph.get('column', column),
          ),
          ...claimedOrEarned(graph, table, write, standings, clientRoles, entitlements),
          ...(carriedGrant(graph, table, write, entitlements, clientRoles)?.columns ?? []),
          ...freeMeasures(graph, table, write, clientRoles).map(({ column }) => column),
          ...[freeRank(graph, table, write)].flatMap((each) => each?.column ?? []),
        ],
  );
  return [...new Set(columns)];
}
