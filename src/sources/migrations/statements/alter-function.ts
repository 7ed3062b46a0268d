import type { AlterFunctionStmt } from '@pgsql/types';
import { defElems } from '../../../sql/def-elem.ts';
import type { ReplayContext } from '../context.ts';
import { neededRoutine } from '../routine/find-routine.ts';
import { optionFacts } from '../routine/options.ts';

/** ALTER FUNCTION, PROCEDURE and ROUTINE with SET, RESET, SECURITY, volatility …; names, owners and schemas have handlers of their own. */
export function alterFunction(stmt: AlterFunctionStmt, context: ReplayContext): void {
  if (stmt.func === undefined || stmt.objtype === undefined) return;
  let routine = neededRoutine(stmt.func, stmt.objtype, context);
  for (const action of defElems(stmt.actions)) {
    if (routine === undefined) return;
    const facts = optionFacts(action, routine.config, context);
    routine = context.builder.alter(routine, facts, context.by, context.origin(action.location));
  }
}
