import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlBlock, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode, nodesOf } from '../../sql/walk.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';
import { constantText } from '../query-shapes/operand.ts';
import { eachStatement, raisesError } from '../query-shapes/pl-statements.ts';
import { rowField } from '../query-shapes/row-field.ts';

/**
 * May one of the errors that a trigger's function raises itself be about the column? Not one that is raised for what NEW has in other columns alone, nor
 * one around which it is asked whether one of these is missing (`new.user_id is null`): whoever fills those in may write what they like.
 */
export function mayRaiseFor(block: PlBlock, column: string): boolean {
  return [...eachStatement([block])].some(({ statement, parents }) => {
    if (statement.kind === 'assert') return true;
    return raisesError(statement) && !isAboutOthers(block, statement, parents, column);
  });
}

function isAboutOthers(
  block: PlBlock,
  statement: PlStatement,
  parents: readonly PlStatement[],
  column: string,
): boolean {
  const way = [...parents, statement];
  const conditions: Node[] = [];
  for (const [at, each] of way.entries()) {
    const inside = way[at + 1];
    if (inside === undefined) continue;
    if (each.kind === 'if') {
      const taken = each.branches.findIndex(({ body }) => body.includes(inside));
      // What comes to ELSE or ELSIF passed by other conditions.
      if (taken !== 0) return false;
      conditions.push(...each.branches.slice(0, 1).map(({ condition }) => condition.tree));
    } else if (each.kind !== 'block' || !each.body.includes(inside)) return false;
  }
  const others = conditions.filter((each) => isOfOthers(each, column));
  if (others.some(asksForMissing)) return true;
  return others.length > 0 && others.length === conditions.length && !leavesBefore(block, statement);
}

/** Does it name other columns of NEW, and nothing else but constants? */
function isOfOthers(condition: Node, column: string): boolean {
  const references = nodesOf(condition, 'ColumnRef');
  const isOther = references.every((each) => {
    const field = rowField({ ColumnRef: each });
    return field?.row === 'new' && field.name !== column;
  });
  const isMore = anyNode(
    condition,
    (node, tag) => tag === 'SubLink' || (tag === 'FuncCall' && !isPlain(fieldsOf(node, tag)?.funcname)),
  );
  return references.length > 0 && isOther && !isMore;
}

function isPlain(name: readonly Node[] | undefined): boolean {
  return PLAIN.has(stringsOf(name).at(-1) ?? '');
}

const PLAIN: ReadonlySet<string> = new Set(['btrim', 'trim', 'length', 'char_length', 'lower', 'upper', 'now']);

/** `new.user_id is null`, `trim(new.name) = ''`, `new.amount <= 0`, or one of some such; with AND also beside others. */
function asksForMissing(condition: Node): boolean {
  return conjuncts(condition).some((each) => disjuncts(each).every(isMissing));
}

function isMissing(node: Node): boolean {
  const test = fieldsOf(node, 'NullTest');
  if (test !== undefined) return test.nulltesttype === 'IS_NULL';
  const { kind, name, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const constant = kind === 'AEXPR_OP' ? constantText(rexpr) : null;
  const operator = stringsOf(name).at(-1) ?? '';
  return (constant === '' && operator === '=') || (constant !== null && /^-?\d+$/.test(constant) && operator !== '<>');
}

/** May the function end, on some way, before it comes to the statement: what is asked there is asked by the error as well. */
function leavesBefore(block: PlBlock, statement: PlStatement): boolean {
  for (const { statement: each, parents } of eachStatement([block])) {
    if (each === statement) return false;
    if (each.kind === 'return' && parents.some(({ kind }) => kind !== 'block')) return true;
  }
  return false;
}
