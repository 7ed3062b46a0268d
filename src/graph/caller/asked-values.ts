import type { Node, SelectStmt } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';
import { elementsOf } from '../query-shapes/compared-constants.ts';
import { columnMeaning, constantText, unwrapped, variableOf } from '../query-shapes/operand.ts';

/**
 * `my_role() = 'admin'`, `my_role() in ('admin', 'owner')`, `has_role(auth.uid(), 'admin')`, `has_any_role(array['admin', 'owner'])`: the values
 * that let through, written in the policy, by the call.
 */
export function constantsBesideCalls({ tree }: { readonly tree: Node }): ReadonlyMap<object, readonly string[]> {
  const found = new Map<object, string[]>();
  const note = (call: object | undefined, nodes: readonly (Node | undefined)[]) => {
    if (call !== undefined) for (const constant of nodes.flatMap(constantsOf)) addTo(found, call, constant);
  };
  walk(tree, (tag, node) => {
    if (tag === 'A_Expr') {
      const { kind, name, lexpr, rexpr } = fieldsOf(node, tag) ?? {};
      // `'org-' || my_org()` is made of it, not compared with it.
      const isCompared = kind !== 'AEXPR_OP' || COMPARISONS.has(stringsOf(name).at(-1) ?? '');
      if (isCompared) for (const side of [lexpr, rexpr]) note(callIn(side), [lexpr, rexpr]);
    } else if (tag === 'FuncCall') {
      const call = fieldsOf(node, tag);
      note(call, call?.args ?? []);
    }
    return undefined;
  });
  return found;
}

/** The constant that it is, or those in it. */
function constantsOf(node: Node | undefined): readonly string[] {
  const elements = fieldsOf(node, 'List')?.items?.flatMap(constantsOf) ?? elementsOf(node);
  const constant = elements.length === 0 ? constantText(node) : null;
  return constant === null ? elements : [constant];
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=', '~~', '@>']);

/** A call, perhaps alone in a subselect. */
function callIn(node: Node | undefined): object | undefined {
  const select = fieldsOf(fieldsOf(unwrapped(node), 'SubLink')?.subselect, 'SelectStmt');
  const inner = select === undefined ? unwrapped(node) : fieldsOf(select.targetList?.[0], 'ResTarget')?.val;
  return fieldsOf(inner, 'FuncCall');
}

/** One column, equal to one of several values. */
export interface EitherTest {
  readonly column: EntityId;
  readonly constants: readonly string[];
  /** One of the values is a parameter's. */
  readonly isAsked: boolean;
}

/** `role = _role or role = 'owner'`: one column, equal to one value or the other. */
export function eitherTests({ whereClause }: SelectStmt, binding: Binding): readonly EitherTest[] {
  return conjuncts(whereClause).flatMap((condition) => {
    const arms = disjuncts(condition);
    if (arms.length < 2) return [];
    const tests = arms.map((each) => equalityIn(each, binding));
    const [first] = tests;
    if (first === undefined || !tests.every((each) => each?.column === first.column)) return [];
    const constants = tests.flatMap((each) => each?.constant ?? []);
    if (constants.length === 0) return [];
    return [{ column: first.column, constants, isAsked: constants.length < tests.length }];
  });
}

/** A column of the query's own sources, equal to a constant, or to a variable (then without one). */
function equalityIn(
  node: Node,
  binding: Binding,
): { readonly column: EntityId; readonly constant: string | null } | undefined {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  if (kind !== 'AEXPR_OP' || stringsOf(name).at(-1) !== '=') return undefined;
  const sides = [lexpr, rexpr];
  const meaning = sides.map((each) => columnMeaning(each, binding)).find((each) => each?.level === 0);
  const other = sides.find((each) => columnMeaning(each, binding) === undefined);
  if (meaning?.column === undefined || other === undefined) return undefined;
  const constant = constantText(other);
  return constant === null && variableOf(other, binding) === null ? undefined : { column: meaning.column, constant };
}
