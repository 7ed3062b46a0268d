import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { expressionsWithin } from '../../sql/plpgsql/expressions-within.ts';
import type { PlExpression, PlHandler, PlStatement, PlTarget } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';

/** The lists of statements inside a statement: bodies, branches, handlers. */
export function listsIn(statement: PlStatement): readonly (readonly PlStatement[])[] {
  switch (statement.kind) {
    case 'block':
      return [statement.body, ...statement.handlers.map((each) => each.body)];
    case 'if':
    case 'case':
      return [...statement.branches.map((each) => each.body), ...(statement.else ? [statement.else] : [])];
    default:
      return 'body' in statement ? [statement.body] : [];
  }
}

/** The expressions and queries of a statement itself, in order, without those of the statements inside it. */
export function ownExpressions(statement: PlStatement): readonly PlExpression[] {
  let expressions = own.get(statement);
  if (expressions === undefined) {
    expressions = ownOf(statement);
    own.set(statement, expressions);
  }
  return expressions;
}

const own = new WeakMap<PlStatement, readonly PlExpression[]>();

function ownOf(statement: PlStatement): readonly PlExpression[] {
  switch (statement.kind) {
    case 'block':
      return statement.declarations.flatMap(expressionsWithin);
    case 'if':
      return statement.branches.map((each) => each.condition);
    case 'case': {
      const conditions = statement.branches.flatMap((each) => each.conditions);
      return statement.subject === undefined ? conditions : [statement.subject, ...conditions];
    }
    default: {
      const { body, ...rest } = statement as PlStatement & { readonly body?: unknown };
      return expressionsWithin(rest);
    }
  }
}

/** All statements of a list in the order of the text, each with those it stands in, outermost first. */
export function* eachStatement(
  list: readonly PlStatement[],
  parents: readonly PlStatement[] = [],
): Generator<{ readonly statement: PlStatement; readonly parents: readonly PlStatement[] }> {
  for (const statement of list) {
    yield { statement, parents };
    for (const inner of listsIn(statement)) yield* eachStatement(inner, [...parents, statement]);
  }
}

/** Does a list of statements never reach its end: RETURN, RAISE EXCEPTION, EXIT, CONTINUE? */
export function leaves(list: readonly PlStatement[]): boolean {
  return list.some((each) => {
    switch (each.kind) {
      case 'return':
        return true;
      case 'raise':
        return each.level === 'exception';
      case 'exit':
      case 'continue':
        return each.when === undefined;
      case 'if':
        return each.else !== undefined && [...each.branches.map((one) => one.body), each.else].every(leaves);
      case 'case':
        return [...each.branches.map((one) => one.body), ...(each.else ? [each.else] : [])].every(leaves);
      case 'block':
        return [each.body, ...each.handlers.map((one) => one.body)].every(leaves);
      case 'loop':
        return ![...eachStatement(each.body)].some(({ statement }) => statement.kind === 'exit');
      default:
        return false;
    }
  });
}

/** Does each call get to the statement: not inside a branch, loop or handler, and nothing before it may leave? */
export function isAlwaysReached(statement: PlStatement, parents: readonly PlStatement[]): boolean {
  const way = [...parents, statement];
  return way.every((each, at) => {
    const parent = way[at - 1];
    if (parent === undefined) return true;
    if (parent.kind !== 'block' || !parent.body.includes(each)) return false;
    const before = parent.body.slice(0, parent.body.indexOf(each));
    return ![...eachStatement(before)].some((one) => mayLeave(one.statement));
  });
}

const LEAVING: ReadonlySet<PlStatement['kind']> = new Set(['return', 'exit', 'continue', 'assert']);

/** RAISE of an error, and not of a notice. */
export function raisesError(statement: PlStatement): boolean {
  return statement.kind === 'raise' && statement.level === 'exception';
}

export function mayLeave(statement: PlStatement): boolean {
  return LEAVING.has(statement.kind) || raisesError(statement);
}

/** The handlers of the blocks around a statement, innermost first: an error in it ends there, if one names it. */
export function handlersAround(statement: PlStatement, parents: readonly PlStatement[]): readonly PlHandler[] {
  const way = [...parents, statement];
  const around = parents.flatMap((parent, at) => {
    const inside = way[at + 1];
    const isBody = parent.kind === 'block' && inside !== undefined && parent.body.includes(inside);
    return isBody ? [parent.handlers] : [];
  });
  return around.reverse().flat();
}

/** Does a handler, on some way through it, raise an error itself: the one it caught or another? */
export function raises({ body }: PlHandler): boolean {
  return [...eachStatement(body)].some(({ statement }) => raisesError(statement));
}

/** What receives rows: behind INTO, or in a loop over them. */
export function targetsOf(statement: PlStatement): readonly PlTarget[] {
  if ('targets' in statement) return statement.targets;
  return 'into' in statement ? (statement.into?.targets ?? []) : [];
}

/** The variables that the statement itself sets: by `:=`, INTO, as those of a loop; of a field or an element, `v.field` and `v[1]`, the variable. */
export function variablesSetBy(statement: PlStatement): readonly string[] {
  if (statement.kind === 'assign') {
    const { tree } = statement.target;
    return stringsOf(fieldsOf(fieldsOf(tree, 'A_Indirection')?.arg ?? tree, 'ColumnRef')?.fields).slice(0, 1);
  }
  return receiversOf(statement).flatMap(({ name }) => name.slice(0, 1));
}

/** May the statement itself give the variable of this name, or a part of it, a value? */
export function mayAssign(statement: PlStatement, name: string): boolean {
  if (statement.kind === 'assign')
    return anyNode(statement.target.tree, (node) => stringsOf(fieldsOf(node, 'ColumnRef')?.fields).includes(name));
  return receiversOf(statement).some((each) => each.name.includes(name));
}

/** What is given a value without `:=`: also by GET DIAGNOSTICS. */
function receiversOf(statement: PlStatement): readonly PlTarget[] {
  return statement.kind === 'diagnostics' ? statement.items.map(({ target }) => target) : targetsOf(statement);
}
