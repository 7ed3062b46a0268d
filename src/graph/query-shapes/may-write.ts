import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import type { Deed } from './check-then-insert.ts';
import { routineShape } from './routine-shape.ts';

/** Is something written, or may it be, where one of these is done: by the statement, or by what it calls? */
export function mayWrite(graph: SchemaGraph, deeds: readonly Deed[]): boolean {
  const seen = new Set<EntityId>();
  return deeds.some(
    ({ writes, calls, isOpen }) => isOpen || writes.length > 0 || calls.some((id) => callMayWrite(graph, id, seen)),
  );
}

function callMayWrite(graph: SchemaGraph, id: EntityId, seen: Set<EntityId>): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  const called = graph.find(id);
  return called?.kind === 'function' && routineMayWrite(graph, called, seen);
}

/** The docs forbid a STABLE or IMMUTABLE function to write; of the platform's own no more than that is known. */
function routineMayWrite(graph: SchemaGraph, routine: EntityOf<'function'>, seen: Set<EntityId>): boolean {
  if (routine.volatility !== 'volatile') return false;
  if (!isUsersOwn(graph, routine)) return true;
  const { isWhole, queries, calls } = routineShape(graph, routine);
  return (
    !isWhole || queries.some(({ writes }) => writes.length > 0) || calls.some((each) => callMayWrite(graph, each, seen))
  );
}
