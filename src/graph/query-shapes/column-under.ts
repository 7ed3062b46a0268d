import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import type { Binding, ColumnMeaning } from '../binding/binding.ts';
import { columnMeaning, constantOf, unwrapped } from './operand.ts';

/** A column whose own value an expression gives. */
export interface ColumnUnder {
  readonly meaning: ColumnMeaning;
  /** lower() or upper() stands around it: what is stored may be spelled otherwise. */
  readonly isFolded: boolean;
}

const FOLDING: ReadonlySet<string> = new Set(['lower', 'upper', 'initcap']);
const TRIMMING: ReadonlySet<string> = new Set(['btrim', 'trim', 'ltrim', 'rtrim']);

/**
 * The column that an expression is, without what keeps its value but for blanks, NULL and case: `lower(btrim(email))`, `coalesce(email, '')`,
 * `nullif(email, '')`, casts. No index on the column serves it.
 */
export function columnUnder(node: Node | undefined, binding: Binding): ColumnUnder | undefined {
  const { value, isFolded } = valueUnder(node);
  const meaning = columnMeaning(value, binding);
  return meaning && { meaning, isFolded };
}

/** The same of any value: `p_email` of `lower(btrim(p_email))`. */
export function valueUnder(node: Node | undefined): { readonly value: Node | undefined; readonly isFolded: boolean } {
  let value = unwrapped(node);
  let isFolded = false;
  for (;;) {
    const call = fieldsOf(value, 'FuncCall');
    const { name } = writtenName(call?.funcname);
    const isFolding = FOLDING.has(name);
    const within = isFolding || TRIMMING.has(name) ? call?.args?.[0] : withoutConstant(value);
    if (within === undefined) return { value, isFolded };
    isFolded ||= isFolding;
    value = unwrapped(within);
  }
}

/** `coalesce(x, 'a')`, `nullif(x, 'a')`: x. */
function withoutConstant(node: Node | undefined): Node | undefined {
  const { kind, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const nullif = kind === 'AEXPR_NULLIF' ? [lexpr, rexpr] : [];
  const [first, ...others] = fieldsOf(node, 'CoalesceExpr')?.args ?? nullif;
  return others.every((each) => constantOf(each) !== null) ? first : undefined;
}
