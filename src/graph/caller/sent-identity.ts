import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { valueUnder } from '../query-shapes/column-under.ts';
import { variableOf } from '../query-shapes/operand.ts';
import { eachStatement, variablesSetBy } from '../query-shapes/pl-statements.ts';

/** Arguments by which a body lets the caller say who calls, and asks only where they are left empty. */
export interface SentIdentity {
  /** The parts of expressions that are not come to where the argument is sent: `auth.uid()` of `coalesce(p_user, auth.uid())`. */
  readonly spared: ReadonlySet<Node>;
  readonly parameters: ReadonlySet<string>;
  /** Variables that are set to nothing but such a value, each with its argument. */
  readonly variables: ReadonlyMap<string, string>;
}

/** The arguments, by name and number, that the body leaves as they were sent; `p := coalesce(p, …)` and `if p is null then p := … end if` do. */
export function keptArguments(
  { parameters }: EntityOf<'function'>,
  block: PlBlock | null,
  expressions: readonly Bound[],
): ReadonlySet<string> {
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const kept = new Set(
    parameters.filter(isInput).flatMap(({ name }, at) => [`$${at + 1}`, ...(name === null ? [] : [name])]),
  );
  for (const { statement, parents } of block === null ? [] : eachStatement([block]))
    for (const name of variablesSetBy(statement)) if (!keepsSent(statement, name, parents, bound)) kept.delete(name);
  return kept;
}

/**
 * `v_by := coalesce(p_by, auth.uid())`, and `if p_by is null then p_by := auth.uid(); end if`: whoever sends the argument is that person. COALESCE looks at no
 * more than the first that is not NULL (docs, 9.18.2).
 * @param sent the arguments that stay as they were sent
 * @param isCaller is this very node what the session knows of its caller?
 */
export function sentIdentity(
  sent: ReadonlySet<string>,
  block: PlBlock | null,
  expressions: readonly Bound[],
  isCaller: (node: Node, bound: Bound) => boolean,
): SentIdentity {
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const statements = block === null ? [] : [...eachStatement([block])];
  const spared = new Set<Node>();
  const named = new Set<string>();
  const spare = (node: Node, parameter: string, each: Bound): void => {
    walk(node, (_, part) => {
      if (!isCaller(part, each)) return undefined;
      named.add(parameter);
      // What stands below is no more come to.
      walk(part, (_inner, below) => {
        spared.add(below);
        return undefined;
      });
      return 'skip';
    });
  };
  const behind = new Map<Node, string>();
  for (const each of expressions)
    walk(each.tree, (_, node) => {
      const [first, ...others] = fieldsOf(node, 'CoalesceExpr')?.args ?? [];
      const name = variableOf(valueUnder(first).value, each);
      if (name === null || !sent.has(name)) return undefined;
      for (const other of others) spare(other, name, each);
      behind.set(node, name);
      return undefined;
    });
  for (const { statement, parents } of statements) {
    const each = statement.kind === 'assign' ? bound.get(statement.value.tree) : undefined;
    if (each === undefined) continue;
    for (const name of variablesSetBy(statement))
      if (sent.has(name) && isWhereNull(name, parents, bound)) spare(each.tree, name, each);
  }
  return { spared, parameters: named, variables: variablesOf(statements, behind) };
}

/** The variables that are set once, and to one of these values. */
function variablesOf(
  statements: readonly { readonly statement: PlStatement }[],
  values: ReadonlyMap<Node, string>,
): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const times = new Map<string, number>();
  const set = (name: string, tree: Node | undefined): void => {
    const argument = tree && values.get(tree);
    times.set(name, (times.get(name) ?? 0) + 1);
    if (argument !== undefined) variables.set(name, argument);
  };
  for (const { statement } of statements) {
    for (const name of variablesSetBy(statement))
      set(name, statement.kind === 'assign' ? statement.value.tree : undefined);
    if (statement.kind !== 'block') continue;
    for (const each of statement.declarations)
      if (each.kind === 'variable' && each.default !== undefined) set(each.name, each.default.tree);
  }
  return new Map([...variables].filter(([name]) => times.get(name) === 1));
}

/** Is it what it was where it was sent: `p := coalesce(p, …)`, or set where it is NULL alone? */
function keepsSent(
  statement: PlStatement,
  name: string,
  parents: readonly PlStatement[],
  bound: ReadonlyMap<Node, Bound>,
): boolean {
  if (statement.kind !== 'assign') return false;
  const each = bound.get(statement.value.tree);
  const [first] = fieldsOf(statement.value.tree, 'CoalesceExpr')?.args ?? [];
  const isItself = each !== undefined && variableOf(valueUnder(first).value, each) === name;
  return isItself || isWhereNull(name, parents, bound);
}

/** Does `if p is null then` stand right around it? */
function isWhereNull(name: string, parents: readonly PlStatement[], bound: ReadonlyMap<Node, Bound>): boolean {
  const around = parents.at(-1);
  if (around?.kind !== 'if' || around.branches.length > 1 || around.else !== undefined) return false;
  const [branch] = around.branches;
  const each = branch && bound.get(branch.condition.tree);
  const test = fieldsOf(branch?.condition.tree, 'NullTest');
  return test?.nulltesttype === 'IS_NULL' && each !== undefined && variableOf(test.arg, each) === name;
}
