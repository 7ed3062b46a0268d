import type { BoundExpression } from '../bound-expression.ts';
import type { Standing } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asks, freeStandings } from './free-standings.ts';
import { type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';

type Policy = EntityOf<'policy'>;

/**
 * What policies decide by and an INSERT leaves to clients that asks nothing of who calls, and for whom the row is as well: `exists (select from events e
 * where e.id = event_id and e.is_open)` of applications, by whose status and e-mail address policies let people in.
 */
export function openStandings(
  graph: SchemaGraph,
  policy: Policy,
  standings: readonly Standing[],
  clientRoles: readonly string[],
): readonly { readonly write: OwnRowWrite; readonly free: readonly Standing[] }[] {
  if (standings.length === 0) return [];
  const table = graph.get('table', policy.table);
  const isMet = (part: BoundExpression) => !asks(graph, part);
  return ownRowWrites(graph, policy, clientRoles, isMet, isMet).flatMap((write) => {
    if (write.command !== 'insert' || write.tied.length > 0) return [];
    const free = freeStandings(graph, table, write, standings, clientRoles);
    return free.length === 0 ? [] : [{ write, free }];
  });
}
