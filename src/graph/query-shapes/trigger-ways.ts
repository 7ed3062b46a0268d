import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { TriggerEvent } from '../entities/trigger.ts';

/** What a row trigger runs for. */
export type RowEvent = Exclude<TriggerEvent, 'truncate'>;

/** The row that there is none of: NULL, and NULL in each field (docs, 41.10.1). */
export function missingRow(event: RowEvent): 'new' | 'old' | undefined {
  if (event === 'update') return undefined;
  return event === 'delete' ? 'new' : 'old';
}

/** TG_OP says this. */
export function isFor(event: RowEvent): Assumption {
  return (node) => {
    const [name, more] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    return name === 'tg_op' && more === undefined ? event.toUpperCase() : undefined;
  };
}

/** As well, NEW of a DELETE and OLD of an INSERT are what they are when the trigger starts. */
export function startsFor(event: RowEvent): Assumption {
  const missing = missingRow(event);
  const asked = isFor(event);
  return (node) => {
    const [name] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    return name !== undefined && name === missing ? null : asked(node);
  };
}

type Branching = Extract<PlStatement, { readonly kind: 'if' | 'case' }>;

/**
 * The branches of an IF or CASE that are open under an assumption; an empty one where an IF may be passed by. A CASE raises an error where
 * none of its branches is the one and it has no ELSE.
 */
export function openBranches(statement: Branching, assume: Assumption): readonly (readonly PlStatement[])[] {
  const ways: (readonly PlStatement[])[] = [];
  for (const { conditions, body } of branchesOf(statement)) {
    const outcomes = conditions.map((each) => foldBoolean(each, assume));
    if (outcomes.includes(true)) return [...ways, body];
    if (outcomes.includes(undefined)) ways.push(body);
  }
  if (statement.else !== undefined) return [...ways, statement.else];
  return statement.kind === 'if' ? [...ways, []] : ways;
}

function branchesOf(
  statement: Branching,
): readonly { readonly conditions: readonly Node[]; readonly body: readonly PlStatement[] }[] {
  if (statement.kind === 'if')
    return statement.branches.map(({ condition, body }) => ({ conditions: [condition.tree], body }));
  const { subject, branches } = statement;
  return branches.map(({ conditions, body }) => ({
    conditions: conditions.map(({ tree }) => (subject === undefined ? tree : equality(subject.tree, tree))),
    body,
  }));
}

function equality(lexpr: Node, rexpr: Node): Node {
  return { A_Expr: { kind: 'AEXPR_OP', name: [{ String: { sval: '=' } }], lexpr, rexpr } };
}

/**
 * The statements that a trigger's function can come to when it runs for this: all of them, and perhaps some that it never comes to (behind a loop
 * without an end, say). Where NEW of a DELETE or OLD of an INSERT is set first, the conditions that ask for it are not read right.
 */
export function reachedFor(body: readonly PlStatement[], event: RowEvent): readonly PlStatement[] {
  return reachedUnder(body, startsFor(event));
}

/** The same under another assumption. */
export function reachedUnder(body: readonly PlStatement[], assume: Assumption): readonly PlStatement[] {
  const reached: PlStatement[] = [];
  /** Can what follows the list be reached? */
  const goesOn = (list: readonly PlStatement[]): boolean => {
    for (const each of list) {
      reached.push(each);
      if (!isPassed(each)) return false;
    }
    return true;
  };
  const anyGoesOn = (lists: readonly (readonly PlStatement[])[]): boolean => lists.map(goesOn).includes(true);
  const isPassed = (statement: PlStatement): boolean => {
    switch (statement.kind) {
      case 'return':
        return false;
      case 'raise':
        return statement.level !== 'exception';
      case 'if':
      case 'case':
        return anyGoesOn(openBranches(statement, assume));
      case 'block':
        return anyGoesOn([statement.body, ...statement.handlers.map((each) => each.body)]);
      default:
        if ('body' in statement) goesOn(statement.body);
        return true;
    }
  };
  goesOn(body);
  return reached;
}
