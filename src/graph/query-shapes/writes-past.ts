import type { Node } from '@pgsql/types';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { eachStatement, listsIn, ownExpressions } from './pl-statements.ts';

/** The runs that come by none of the statements that fail: has one of them written something, and do any go on? */
interface Ways {
  /** Of the runs that go on, whether they have written. */
  readonly on: ReadonlySet<boolean>;
  readonly hasEnded: boolean;
}

/**
 * Does some run of a body write something and end well, although these statements fail? In another branch than they, or where each run comes by that
 * does not go into theirs. A write under a condition of its own is not counted beside theirs: both may ask for the same.
 */
export function writesPast(block: PlBlock, failing: ReadonlySet<Node>): boolean {
  const { on, hasEnded } = throughList([block], false, failing);
  return hasEnded || on.has(true);
}

function throughList(list: readonly PlStatement[], before: boolean, failing: ReadonlySet<Node>): Ways {
  const isBeside = list.some((each) => fails(each, failing));
  let on: ReadonlySet<boolean> = new Set([before]);
  let hasEnded = false;
  for (const statement of list) {
    const ways = [...on].map((each) => through(statement, each, isBeside, failing));
    on = new Set(ways.flatMap((each) => [...each.on]));
    hasEnded ||= ways.some((each) => each.hasEnded);
  }
  return { on, hasEnded };
}

/** @param isBeside a statement of the same list fails, or one inside it */
function through(statement: PlStatement, before: boolean, isBeside: boolean, failing: ReadonlySet<Node>): Ways {
  const onlyOn = (...on: readonly boolean[]): Ways => ({ on: new Set(on), hasEnded: false });
  if (ownExpressions(statement).some(({ tree }) => failing.has(tree))) return onlyOn();
  if (statement.kind === 'return') return { on: new Set(), hasEnded: before };
  if (statement.kind === 'raise') return statement.level === 'exception' ? onlyOn() : onlyOn(before);
  if (statement.kind === 'sql') return onlyOn(before || writes(statement));
  const isPlain = statement.kind === 'block' && statement.handlers.length === 0;
  if (isPlain) return throughList(statement.body, before, failing);
  const isFailing = fails(statement, failing);
  if (statement.kind === 'if' || statement.kind === 'case') {
    const lists = listsIn(statement);
    const isPassedBy = statement.kind === 'if' && statement.else === undefined;
    const ways = lists.map((each) => throughList(each, before, failing));
    // What is written under another condition than that of the failing one is not told of.
    const isCounted = isFailing || !isBeside;
    const on = ways.flatMap((each) => (isCounted ? [...each.on] : each.on.size > 0 ? [before] : []));
    return {
      on: new Set(isPassedBy ? [...on, before] : on),
      hasEnded: ways.some((each) => each.hasEnded) && (isCounted || before),
    };
  }
  // Of a loop or a block with handlers it is not told whether each run comes to it.
  return isFailing ? onlyOn() : onlyOn(before);
}

function fails(statement: PlStatement, failing: ReadonlySet<Node>): boolean {
  return [...eachStatement([statement])].some(({ statement: each }) =>
    ownExpressions(each).some(({ tree }) => failing.has(tree)),
  );
}

function writes(statement: PlStatement): boolean {
  return ownExpressions(statement).some(({ tree }) =>
    anyNode(tree, (node) => Object.keys(node).some((key) => WRITES.has(key))),
  );
}

const WRITES: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
