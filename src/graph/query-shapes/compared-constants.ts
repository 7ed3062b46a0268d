import type { A_Expr, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import { columnUnder } from './column-under.ts';
import { constantText, unwrapped } from './operand.ts';

/** A constant that a column is compared with. */
export interface ComparedConstant {
  readonly column: EntityId;
  readonly constant: string;
  /** lower() or upper() stands around the column: what is stored may be spelled otherwise. */
  readonly isFolded: boolean;
}

/**
 * The constants that columns are compared with for equality anywhere in a tree: conditions, FILTER, CASE, lists, target lists,
 * on either side, also where coalesce(), trim() or lower() stands around the column.
 */
export function comparedConstants(tree: Node, binding: Binding): readonly ComparedConstant[] {
  const found: ComparedConstant[] = [];
  const add = (side: Node | undefined, constants: readonly string[]) => {
    const { meaning, isFolded = false } = (constants.length === 0 ? undefined : columnUnder(side, binding)) ?? {};
    const column = meaning?.column;
    if (column !== undefined) for (const constant of constants) found.push({ column, constant, isFolded });
  };
  walk(tree, (_, node) => {
    const comparison = fieldsOf(node, 'A_Expr');
    if (comparison !== undefined) for (const [side, constants] of sidesOf(comparison)) add(side, constants);
    const { arg, args = [] } = fieldsOf(node, 'CaseExpr') ?? {};
    if (arg !== undefined)
      add(
        arg,
        args.flatMap((each) => oneConstant(fieldsOf(each, 'CaseWhen')?.expr)),
      );
    return undefined;
  });
  return found;
}

type Side = readonly [Node | undefined, readonly string[]];

const EQUALITIES: ReadonlySet<string> = new Set(['=', '<>', '!=']);

function sidesOf({ kind, name, lexpr, rexpr }: A_Expr): readonly Side[] {
  const operator = stringsOf(name).at(-1) ?? '';
  switch (kind) {
    case 'AEXPR_IN':
      return [[lexpr, (fieldsOf(rexpr, 'List')?.items ?? []).flatMap(oneConstant)]];
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      return EQUALITIES.has(operator) ? [[lexpr, elementsOf(rexpr)]] : [];
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return [[lexpr, oneConstant(rexpr).filter((each) => !/[%\\]/.test(each))]];
    case 'AEXPR_OP':
      return EQUALITIES.has(operator) ? pairsOf(lexpr, rexpr) : [];
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT':
    case 'AEXPR_NULLIF':
      return pairsOf(lexpr, rexpr);
    default:
      return [];
  }
}

/** Either way round; `(a, b) = ('x', 'y')` column by column. */
function pairsOf(left: Node | undefined, right: Node | undefined): readonly Side[] {
  const [one, other] = [fieldsOf(left, 'RowExpr')?.args, fieldsOf(right, 'RowExpr')?.args];
  if (one !== undefined && other !== undefined) return one.flatMap((each, at) => pairsOf(each, other[at]));
  return [
    [left, oneConstant(right)],
    [right, oneConstant(left)],
  ];
}

function oneConstant(node: Node | undefined): readonly string[] {
  const constant = constantText(node);
  return constant === null ? [] : [constant];
}

/** `array['a', 'b']`, `'{a,b}'`. */
export function elementsOf(array: Node | undefined): readonly string[] {
  const elements = fieldsOf(unwrapped(array), 'A_ArrayExpr')?.elements;
  if (elements !== undefined) return elements.flatMap(oneConstant);
  const literal = /^\{([^{}\\]*)\}$/.exec(constantText(array) ?? '')?.[1];
  return literal === undefined || literal === '' ? [] : literal.split(',').map((each) => each.replace(/^"|"$/g, ''));
}
