import { extraPath } from '../graph/binding/api-path.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { type FailingName, failingOverApi } from '../graph/failures/failing-names.ts';
import { apiCallers } from '../graph/privileges/api-calls.ts';
import { routineShape } from '../graph/query-shapes/routine-shape.ts';
import { mayChoosePath } from '../graph/routines/pins-path.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList } from './prose.ts';
import type { AuditSettings } from './rule.ts';

type Routine = EntityOf<'function'>;

/** The names that a function which clients call never finds for them; none where another with a path of its own calls it, for which it may be. */
export function brokenOverApi(graph: SchemaGraph, routine: Routine, settings: AuditSettings): readonly FailingName[] {
  if (apiCallers(graph, routine, settings).length === 0) return [];
  const failing = failingOverApi(graph, routine).filter(({ isCaught }) => !isCaught);
  if (failing.length === 0) return [];
  const isCalledOnPath = graph
    .ofKind('function')
    .some((each) => mayChoosePath(each) && routineShape(graph, each).calls.includes(routine.id));
  return isCalledOnPath ? [] : failing;
}

/** `desks is in the schema shop`, `public and extensions` */
export function apiPathText(graph: SchemaGraph, routine: Routine): { readonly names: string; readonly path: string } {
  const homes = new Map<string, Set<string>>();
  for (const { foundIn, bare } of failingOverApi(graph, routine)) {
    if (foundIn !== null) homes.set(foundIn, (homes.get(foundIn) ?? new Set()).add(quoteIdentifier(bare)));
  }
  const parts = [...homes].map(([home, names]) => {
    return `${andList([...names], 3)} ${names.size === 1 ? 'is' : 'are'} in the schema ${quoteIdentifier(home)}`;
  });
  const path = [...new Set([routine.name.schema, ...extraPath(graph)])].map(quoteIdentifier);
  return { names: andList(parts), path: `${andList(path)} alone` };
}
