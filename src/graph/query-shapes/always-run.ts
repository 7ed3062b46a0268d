import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { eachStatement, raisesError } from './pl-statements.ts';

/** How the runs of a list go on: each that has not failed has come by what is asked for, some may have ended without, or neither is sure. */
type Way = 'run' | 'left' | 'open';

/**
 * Does each run of a body that does not fail come by one of these statements: in every branch of an IF, where each branch has one or raises an error? A loop may go
 * round no time at all.
 */
export function isAlwaysRun(block: PlBlock, isAskedFor: (statement: PlStatement) => boolean): boolean {
  return wayThrough([block], isAskedFor) === 'run';
}

function wayThrough(list: readonly PlStatement[], isAskedFor: (statement: PlStatement) => boolean): Way {
  for (const statement of list) {
    const way = wayBy(statement, isAskedFor);
    if (way !== 'open') return way;
  }
  return 'open';
}

function wayBy(statement: PlStatement, isAskedFor: (statement: PlStatement) => boolean): Way {
  if (raisesError(statement) || isAskedFor(statement)) return 'run';
  const through = (list: readonly PlStatement[]) => wayThrough(list, isAskedFor);
  switch (statement.kind) {
    case 'return':
    case 'exit':
    case 'continue':
      return 'left';
    case 'if':
      return together([...statement.branches.map(({ body }) => through(body)), through(statement.else ?? [])]);
    case 'case':
      // Without ELSE what fits no branch is an error.
      return together([
        ...statement.branches.map(({ body }) => through(body)),
        ...(statement.else === undefined ? [] : [through(statement.else)]),
      ]);
    case 'block':
      return together([through(statement.body), ...statement.handlers.map(({ body }) => through(body))]);
    default:
      return [...eachStatement([statement])].some((each) => each.statement.kind === 'return') ? 'left' : 'open';
  }
}

function together(ways: readonly Way[]): Way {
  if (ways.includes('left')) return 'left';
  return ways.every((each) => each === 'run') ? 'run' : 'open';
}
