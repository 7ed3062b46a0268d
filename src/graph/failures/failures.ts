import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { failingAssignments } from './failing-assignments.ts';
import { type FailingName, failingNames } from './failing-names.ts';
import { type FailingQuery, failingQueries } from './failing-queries.ts';
import { type FailingStatement, failingStatements } from './failing-statements.ts';
import { refusedUpdates } from './refused-updates.ts';

/** A place in a routine's body at which Postgres raises an error when it gets there. */
export type Failure = FailingName | SaidFailure;

/** One that is told in the server's words. */
type SaidFailure = FailingQuery | FailingStatement;

export function isSaid(failure: Failure): failure is SaidFailure {
  return 'message' in failure;
}

/** All of them, in the order of the text. */
export const failuresOf = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): readonly Failure[] => {
  const all: readonly Failure[] = [
    ...failingNames(graph, routine),
    ...failingQueries(graph, routine),
    ...failingAssignments(graph, routine),
    ...failingStatements(graph, routine),
    ...refusedUpdates(graph, routine),
  ];
  return [...all].sort((a, b) => (a.at?.start ?? 0) - (b.at?.start ?? 0));
});

/** Does nothing last of what calls do: each one that does something ends in an error? */
export function neverTakesEffect(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  if (alwaysFails(graph, routine)) return true;
  return failuresOf(graph, routine).some((each) => each.undoesAll && !each.mayBeThere);
}

/** Does each call end in an error, whatever it is given? */
export function alwaysFails(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  return failuresOf(graph, routine).some((each) => each.isAlwaysReached && !each.isCaught && !each.mayBeThere);
}
