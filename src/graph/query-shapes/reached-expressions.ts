import type { PlBlock, PlHandler, PlStatement } from '../../sql/plpgsql.ts';
import type { BlockQueries, CheckedExpression } from './block-queries.ts';
import { undoesAll } from './early-return.ts';
import { eachStatement, handlersAround, isAlwaysReached, ownExpressions } from './pl-statements.ts';

/** When a place in a body is run, and what becomes of an error there. */
export interface Reach {
  /** The statement of a block that comes to it each time it is run; null in SQL, and of a later condition of an IF. */
  readonly statement: PlStatement | null;
  readonly isAlwaysReached: boolean;
  /** The handlers around it, innermost first. */
  readonly handlers: readonly PlHandler[];
  /** Those are the handlers of the whole body: an error undoes all that the call did. */
  readonly isWholeBody: boolean;
  /** An error here leaves nothing of any call: each gets here, or has left before without having done or given back anything. */
  readonly undoesAll: boolean;
}

export interface ReachedExpression<T> {
  readonly bound: CheckedExpression;
  readonly found: readonly T[];
  readonly reach: Reach;
}

/**
 * The expressions of a PL/pgSQL block in which `look` finds something, in the order of the text. Where the name of the trigger's table
 * decides whether a statement is run, nothing is concluded of any table: those are left out.
 */
export function reachedExpressions<T>(
  block: PlBlock,
  queries: BlockQueries,
  look: (bound: CheckedExpression, statement: PlStatement) => readonly T[],
): readonly ReachedExpression<T>[] {
  return [...eachStatement([block])].flatMap(({ statement, parents }) => {
    if (parents.some(asksForTable)) return [];
    return ownExpressions(statement).flatMap((expression, at) => {
      const bound = queries.bound(expression);
      const found = bound === undefined ? [] : look(bound, statement);
      if (bound === undefined || found.length === 0) return [];
      // Of IF and CASE only the first condition is asked whatever happens.
      const isFirst = at === 0 || !isBranching(statement);
      const reach = reachOf(statement, parents);
      return [{ bound, found, reach: isFirst ? reach : passedOver(reach) }];
    });
  });
}

export function reachOf(statement: PlStatement, parents: readonly PlStatement[]): Reach {
  return {
    statement,
    isAlwaysReached: isAlwaysReached(statement, parents),
    handlers: handlersAround(statement, parents),
    isWholeBody: parents.every((each, depth) => depth === 0 || each.kind !== 'block' || each.handlers.length === 0),
    undoesAll: undoesAll(statement, parents),
  };
}

/** Of a place there that not each call gets to. */
export function passedOver<T extends Reach>(reach: T): T {
  return { ...reach, statement: null, isAlwaysReached: false, undoesAll: false };
}

/** Is only the first of its expressions worked out whatever happens? */
export function isBranching({ kind }: PlStatement): boolean {
  return kind === 'if' || kind === 'case';
}

function asksForTable(statement: PlStatement): boolean {
  return isBranching(statement) && ownExpressions(statement).some(({ text }) => TRIGGERED_TABLE.test(text));
}

const TRIGGERED_TABLE = /\btg_(?:table_name|relname|relid)\b/i;
