import type { EntityId } from '../../graph/entity-id.ts';
import type { Problem } from '../../graph/journal.ts';

/** Thrown by a handler when Postgres would raise an ERROR: the statement has no effect. Caught by the replay only. */
export class Refusal extends Error {
  readonly problem: Problem;
  /** What the statement was to drop: where it passed all the same, what stood against it was gone, and so is this. */
  readonly kept: readonly EntityId[];

  constructor(problem: Problem, kept: readonly EntityId[] = []) {
    super(problem.type);
    this.problem = problem;
    this.kept = kept;
  }
}
