import type { Problem } from '../../graph/journal.ts';

/** Thrown by a handler when Postgres would raise an ERROR: the statement has no effect. Caught by the replay only. */
export class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.type);
    this.problem = problem;
  }
}
