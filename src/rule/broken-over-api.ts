import { askedOnce } from '../graph/asked-once.ts';
import { extraPath } from '../graph/binding/api-path.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { type FailingName, failingOverApi } from '../graph/failures/failing-names.ts';
import { failuresOf } from '../graph/failures/failures.ts';
import { certainFailures } from '../graph/failures/lost-names.ts';
import type { History } from '../graph/journal.ts';
import { apiCallers } from '../graph/privileges/api-calls.ts';
import { routineShape } from '../graph/query-shapes/routine-shape.ts';
import { mayChoosePath } from '../graph/routines/pins-path.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList } from './prose.ts';
import type { AuditSettings } from './rule.ts';

type Routine = EntityOf<'function'>;

/**
 * The names that a function which clients call surely never finds for them, where it does not fail whoever calls: broken-function tells of them. None where
 * another function with a path of its own calls it, for which it may be.
 */
export function brokenOverApi(
  graph: SchemaGraph,
  history: History,
  routine: Routine,
  settings: AuditSettings,
): readonly FailingName[] {
  if (apiCallers(graph, routine, settings).length === 0) return [];
  const failing = failingOverApi(graph, routine).filter(({ isCaught }) => !isCaught);
  if (failing.length === 0 || calledOnPath(graph).has(routine.id)) return [];
  const isBroken = certainFailures(graph, history, routine, failuresOf(graph, routine)).length > 0;
  return isBroken ? [] : certainFailures(graph, history, routine, failing);
}

/** What functions with a search_path of their own call. */
const calledOnPath = askedOnce((graph): ReadonlySet<EntityId> => {
  const callers = graph.ofKind('function').filter(mayChoosePath);
  return new Set(callers.flatMap((each) => routineShape(graph, each).calls));
});

/** Where they are, and where requests look instead: `desks is in the schema depot` and `public and extensions alone`. */
export function apiPathText(
  graph: SchemaGraph,
  routine: Routine,
  failing: readonly FailingName[],
): { readonly names: string; readonly path: string } {
  const homes = new Map<string, Set<string>>();
  for (const { foundIn, bare } of failing) {
    if (foundIn !== null) homes.set(foundIn, (homes.get(foundIn) ?? new Set()).add(quoteIdentifier(bare)));
  }
  const parts = [...homes].map(([home, names]) => {
    return `${andList([...names], 3)} ${names.size === 1 ? 'is' : 'are'} in the schema ${quoteIdentifier(home)}`;
  });
  const path = [...new Set([routine.name.schema, ...extraPath(graph)])].map(quoteIdentifier);
  return { names: andList(parts), path: `${andList(path)} alone` };
}
