import { callsOf } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { calledFrom } from '../caller/asked-routines.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { type Standing, standingsThrough } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { decides, freeStandings } from './free-standings.ts';
import { type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';

type Policy = EntityOf<'policy'>;

/**
 * What policies decide by and an UPDATE leaves to clients in rows that the caller's row of another table names: `exists (select from members m where
 * m.event_id = events.id and m.user_id = auth.uid())` says that it is an event of the caller's, and nothing of organization_id, by which policies of
 * organizations let in whoever is a member of an event of theirs.
 * Only of where the row belongs: how things stand with it (is_open) those of a group decide.
 */
export function namedStandings(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): readonly { readonly write: OwnRowWrite; readonly free: readonly Standing[] }[] {
  const standings = standingsThrough(graph, policy.table).filter(
    (each) =>
      graph.get('column', each.user).relation === policy.table &&
      isUniqueAlone(graph, graph.get('column', each.user)) &&
      each.by === 'row' &&
      each.policy.table !== policy.table &&
      graph.foreignKeysOf(graph.get('column', each.column)).length > 0 &&
      decides(graph, each.policy, clientRoles),
  );
  if (standings.length === 0) return [];
  const table = graph.get('table', policy.table);
  const names = (part: BoundExpression, each: Standing) => asksForNaming(graph, part, each);
  const isTie = (part: BoundExpression) => standings.some((each) => names(part, each));
  return ownRowWrites(graph, policy, clientRoles, isTie, isTie).flatMap((write) => {
    if (write.command !== 'update') return [];
    const asked = standings.filter((each) => write.way.some((part) => names(part, each)));
    const tied = { ...write, tied: [...write.tied, ...asked.map(({ user }) => user)] };
    const free = freeStandings(graph, table, tied, asked, clientRoles);
    return free.length === 0 ? [] : [{ write: tied, free }];
  });
}

/** Does a condition look by the key of the row for the caller's row of the table in which that names it, itself or in a function? */
function asksForNaming(graph: SchemaGraph, part: BoundExpression, { user, through }: Standing): boolean {
  if (through === null) return false;
  const { relation } = graph.get('column', through);
  const called = callsOf(part).flatMap(({ function: each }) =>
    each?.id === undefined ? [] : calledFrom(graph, each.id),
  );
  const isRead = called.some(({ routine }) =>
    routineShape(graph, routine).queries.some(({ sources }) => sources.some((each) => each.relation === relation)),
  );
  return callerComparisons(graph, part).some(
    ({ column, via, reads }) =>
      column === user && ((via === 'membership' && reads.includes(relation)) || (via === 'argument' && isRead)),
  );
}
