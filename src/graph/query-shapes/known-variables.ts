import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { conjuncts, disjuncts } from './column-tests.ts';
import { constantText, unwrapped } from './operand.ts';
import { eachStatement, leaves, listsIn, mayAssign, ownExpressions } from './pl-statements.ts';

/** The only values that a variable may have: NULL, too. */
export type KnownVariables = ReadonlyMap<string, readonly string[]>;

const NOTHING: KnownVariables = new Map();

/**
 * What is known of variables where a statement stands, that nothing in the body gives another value: inside `if kind = 'a' then …`, behind
 * `if kind not in ('a', 'b') then raise …` and behind `if kind = 'b' then … return`.
 * @param tree of an expression of the statement
 */
export function variablesKnownAt(block: PlBlock, tree: Node): KnownVariables {
  const way = wayTo([block], tree);
  if (way === undefined) return NOTHING;
  const known = new Map<string, readonly string[]>();
  const without = new Map<string, Set<string>>();
  for (const { list, statement } of way) {
    for (const before of list.slice(0, list.indexOf(statement))) passed(before, known, without);
    entered(statement, way.find((each) => listsIn(statement).includes(each.list))?.list, known, without);
  }
  const isAssigned = (name: string) => [...eachStatement([block])].some((each) => mayAssign(each.statement, name));
  return new Map(
    [...known].flatMap(([name, values]) => {
      const left = values.filter((each) => without.get(name)?.has(each) !== true);
      return isAssigned(name) ? [] : [[name, left] as const];
    }),
  );
}

interface Step {
  readonly list: readonly PlStatement[];
  readonly statement: PlStatement;
}

function wayTo(list: readonly PlStatement[], tree: Node): readonly Step[] | undefined {
  for (const statement of list) {
    if (ownExpressions(statement).some((each) => each.tree === tree)) return [{ list, statement }];
    for (const inner of listsIn(statement)) {
      const rest = wayTo(inner, tree);
      if (rest !== undefined) return [{ list, statement }, ...rest];
    }
  }
  return undefined;
}

/** An IF that leaves where its condition is true has not been true. */
function passed(
  statement: PlStatement,
  known: Map<string, readonly string[]>,
  without: Map<string, Set<string>>,
): void {
  const [branch] = statement.kind === 'if' ? statement.branches : [];
  if (branch === undefined || !leaves(branch.body)) return;
  for (const part of disjuncts(branch.condition.tree)) {
    const test = testOf(part);
    if (test?.isDenied === true) narrow(known, test);
    else if (test !== undefined) exclude(without, test);
  }
}

/** Inside a branch its condition is true, and those before it are not. */
function entered(
  statement: PlStatement,
  inner: readonly PlStatement[] | undefined,
  known: Map<string, readonly string[]>,
  without: Map<string, Set<string>>,
): void {
  if (statement.kind !== 'if' || inner === undefined) return;
  for (const { condition, body } of statement.branches) {
    if (body === inner) {
      for (const part of conjuncts(condition.tree)) {
        const test = testOf(part);
        if (test?.isDenied === false) narrow(known, test);
      }
      return;
    }
    for (const part of disjuncts(condition.tree)) {
      const test = testOf(part);
      if (test?.isDenied === true) narrow(known, test);
      else if (test !== undefined) exclude(without, test);
    }
  }
}

interface VariableTest {
  readonly name: string;
  readonly values: readonly string[];
  /** It has to be none of them. */
  readonly isDenied: boolean;
}

function narrow(known: Map<string, readonly string[]>, { name, values }: VariableTest): void {
  const before = known.get(name);
  known.set(name, before === undefined ? values : before.filter((each) => values.includes(each)));
}

function exclude(without: Map<string, Set<string>>, { name, values }: VariableTest): void {
  without.set(name, new Set([...(without.get(name) ?? []), ...values]));
}

/** `v = 'a'`, `v in ('a', 'b')`, `v <> 'a'`, `v not in (…)`, `v is distinct from 'a'`. */
function testOf(node: Node): VariableTest | undefined {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const [variable, field] = stringsOf(fieldsOf(unwrapped(lexpr), 'ColumnRef')?.fields);
  if (variable === undefined || field !== undefined || kind === undefined || !TESTS.has(kind)) return undefined;
  const operator = stringsOf(name).at(-1);
  if (operator !== '=' && operator !== '<>') return undefined;
  const items = kind === 'AEXPR_IN' ? (fieldsOf(rexpr, 'List')?.items ?? []) : rexpr === undefined ? [] : [rexpr];
  const values = items.map(constantText);
  if (values.length === 0 || values.includes(null)) return undefined;
  const isDenied = operator === '<>' || kind === 'AEXPR_DISTINCT';
  return { name: variable, values: values.flatMap((each) => each ?? []), isDenied };
}

const TESTS: ReadonlySet<string> = new Set(['AEXPR_OP', 'AEXPR_IN', 'AEXPR_DISTINCT', 'AEXPR_NOT_DISTINCT']);
