import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf, writtenName } from '../../sql/nodes.ts';
import { conjuncts, disjuncts } from './column-tests.ts';
import { constantText, unwrapped } from './operand.ts';
import type { Query } from './query.ts';

/** Where a time stands to now: `away` by an interval at least. */
interface Window {
  readonly when: 'never' | 'past' | 'future';
  readonly isAway: boolean;
}

/**
 * Do two statements on one table look for different rows: of one column, what is yet to come (or never does) and what is long
 * past? `gone is null or gone > now()` against `gone < now() - interval '3 days'`. Both now() are not the same moment, so that one
 * side has to be an interval away.
 */
export function areApartInTime(one: Query, other: Query): boolean {
  if (one.sources.length > 1 || other.sources.length > 1) return false;
  const others = windowsOf(other);
  return [...windowsOf(one)].some(([column, mine]) => {
    const theirs = others.get(column);
    return (
      theirs !== undefined && mine.every((a) => theirs.every((b) => a.when !== b.when && (isFar(a, b) || isFar(b, a))))
    );
  });
}

/** The one is NULL, or so far away that no two moments of now() bridge it. */
function isFar(a: Window, { when }: Window): boolean {
  return a.when === 'never' || when === 'never' || a.isAway;
}

/** The columns that a part of the WHERE tells the standing of, with each that it lets pass. */
function windowsOf({ node }: Query): ReadonlyMap<string, readonly Window[]> {
  const { whereClause } =
    fieldsOf(node, 'UpdateStmt') ?? fieldsOf(node, 'DeleteStmt') ?? fieldsOf(node, 'SelectStmt') ?? {};
  const found = new Map<string, readonly Window[]>();
  for (const part of conjuncts(whereClause)) {
    const each = disjuncts(part).map(windowOf);
    const [first] = each;
    if (first === undefined || each.some((one) => one === undefined || one.column !== first.column)) continue;
    found.set(
      first.column,
      each.flatMap((one) => one?.window ?? []),
    );
  }
  return found;
}

function windowOf(test: Node): { readonly column: string; readonly window: Window } | undefined {
  const { arg, nulltesttype } = fieldsOf(test, 'NullTest') ?? {};
  const empty = nulltesttype === 'IS_NULL' ? columnOf(arg) : undefined;
  if (empty !== undefined) return { column: empty, window: { when: 'never', isAway: false } };
  const { kind, name, lexpr, rexpr } = fieldsOf(test, 'A_Expr') ?? {};
  const operator = stringsOf(name).at(-1) ?? '';
  if (kind !== 'AEXPR_OP' || !/^[<>]=?$/.test(operator)) return undefined;
  const column = columnOf(lexpr);
  const offset = offsetFromNow(rexpr);
  if (column === undefined || offset === undefined) return undefined;
  const when = operator.startsWith('<') ? 'past' : 'future';
  // `> now() - interval '3 days'` lets both the past and the future pass.
  if ((when === 'past' && offset > 0) || (when === 'future' && offset < 0)) return undefined;
  return { column, window: { when, isAway: offset !== 0 } };
}

function columnOf(node: Node | undefined): string | undefined {
  return stringsOf(fieldsOf(unwrapped(node), 'ColumnRef')?.fields).at(-1);
}

/** The sign of the interval that is added to now(); undefined for another time, or an interval that is not written out. */
function offsetFromNow(node: Node | undefined): -1 | 0 | 1 | undefined {
  const inner = unwrapped(node);
  if (writtenName(fieldsOf(inner, 'FuncCall')?.funcname).name === 'now') return 0;
  const { name, lexpr, rexpr } = fieldsOf(inner, 'A_Expr') ?? {};
  const sign = stringsOf(name).at(-1);
  const span = constantText(rexpr);
  const isPlain = span !== null && /^[1-9][\d ]*[a-z]+$/i.test(span);
  if (!isPlain || (sign !== '-' && sign !== '+') || offsetFromNow(lexpr) !== 0) return undefined;
  return sign === '-' ? -1 : 1;
}
