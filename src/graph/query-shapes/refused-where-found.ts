import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import type { CheckThenInsert } from './check-then-insert.ts';
import { disjuncts } from './column-tests.ts';
import { eachStatement, mayAssign, raisesError } from './pl-statements.ts';

/**
 * Does a call that comes to the insert end in an error where it finds the row instead? By `if exists (…) then raise`, or since it has no version to compare
 * with: `if found then if expected is null or … then raise …; else if expected is not null then raise …; insert`. Of two such callers at once the second
 * fails one way or the other.
 */
export function isRefusedWhereFound({ present, missing, insert }: CheckThenInsert): boolean {
  if (present === null) return false;
  if (alwaysRaises(present)) return true;
  const end = (missing ?? []).findIndex((each) => 'sql' in each && each.sql.tree === insert.node);
  const before = missing?.slice(0, Math.max(end, 0)) ?? [];
  const absent = refusedNulls(before, 'IS_NOT_NULL');
  const both = [...refusedNulls(untilLeft(present), 'IS_NULL')].filter((name) => absent.has(name));
  const isAssigned = (name: string) =>
    [...eachStatement([...present, ...before])].some(({ statement }) => mayAssign(statement, name));
  return both.some((name) => !isAssigned(name));
}

/** Is there no way through the list but one that ends in an error? */
function alwaysRaises(list: readonly PlStatement[]): boolean {
  const before = untilLeft(list);
  const next = list[before.length];
  return before.some(raisesAlways) || (next !== undefined && raisesAlways(next));
}

function raisesAlways(statement: PlStatement): boolean {
  if (raisesError(statement)) return true;
  if (statement.kind !== 'if' || statement.else === undefined) return false;
  return [...statement.branches.map((each) => each.body), statement.else].every(alwaysRaises);
}

/** The statements up to the first that may leave by anything but an error. */
function untilLeft(list: readonly PlStatement[]): readonly PlStatement[] {
  const at = list.findIndex((each) => [...eachStatement([each])].some(({ statement }) => LEAVING.has(statement.kind)));
  return at < 0 ? list : list.slice(0, at);
}

const LEAVING: ReadonlySet<PlStatement['kind']> = new Set(['return', 'exit', 'continue', 'block', 'loop', 'while']);

/** The variables of which a statement of the list itself says that it ends in an error where they are NULL, or where they are not. */
function refusedNulls(list: readonly PlStatement[], test: 'IS_NULL' | 'IS_NOT_NULL'): ReadonlySet<string> {
  return new Set(
    list.flatMap((each) => {
      const [branch] = each.kind === 'if' ? each.branches : [];
      if (branch === undefined || !alwaysRaises(branch.body)) return [];
      return disjuncts(branch.condition.tree).flatMap((part) => testedVariable(part, test) ?? []);
    }),
  );
}

function testedVariable(node: Node, test: 'IS_NULL' | 'IS_NOT_NULL'): string | undefined {
  const { arg, nulltesttype } = fieldsOf(node, 'NullTest') ?? {};
  const [name, field] = stringsOf(fieldsOf(arg, 'ColumnRef')?.fields);
  return nulltesttype === test && field === undefined ? name : undefined;
}
