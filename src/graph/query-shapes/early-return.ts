import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { eachStatement, ownExpressions } from './pl-statements.ts';

/**
 * Does an error at a statement leave nothing of any call? Not in a branch, a loop or under handlers, nor where a call may have read or
 * written something and left by RETURN before. RAISE undoes by itself.
 */
export function undoesAll(statement: PlStatement, parents: readonly PlStatement[]): boolean {
  const before = runBefore(statement, parents);
  if (before === undefined) return false;
  const last = before.findLastIndex(mayEndWell);
  const given = before[last];
  if (given === undefined) return true;
  // RETURN without a value may still give back what is in the OUT parameters: only what comes first counts, so nothing is read at all.
  return !before.slice(0, last + 1).some(doesSomething);
}

/** In the order of the text, where all of the blocks around it are plain ones: their declarations, and what stands before it in them. */
function runBefore(statement: PlStatement, parents: readonly PlStatement[]): readonly PlStatement[] | undefined {
  const before: PlStatement[] = [];
  for (const [at, parent] of parents.entries()) {
    const inside = parents[at + 1] ?? statement;
    if (parent.kind !== 'block' || parent.handlers.length > 0 || !parent.body.includes(inside)) return undefined;
    const earlier = parent.body.slice(0, parent.body.indexOf(inside));
    before.push(parent, ...[...eachStatement(earlier)].map((each) => each.statement));
  }
  return before;
}

/** COMMIT keeps what was done. An EXIT by name may leave a block as well as a loop. */
function mayEndWell(statement: PlStatement): boolean {
  const { kind } = statement;
  return kind === 'return' || kind === 'commit' || (kind === 'exit' && statement.label !== undefined);
}

/** Text put together at run time, and what another routine does, are not read here. */
function doesSomething(statement: PlStatement): boolean {
  const { kind } = statement;
  if (kind === 'perform' || kind === 'call' || kind.endsWith('execute')) return true;
  return ownExpressions(statement).some(touchesRelation);
}

function touchesRelation({ tree }: PlExpression): boolean {
  return anyNode(tree, (node) => 'RangeVar' in node || Object.keys(node).some((key) => WRITES.has(key)));
}

const WRITES: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
