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
  const inner = unwrapped(node);
  const meaning = columnMeaning(inner, binding);
  if (meaning !== undefined) return { meaning, isFolded: false };
  const call = fieldsOf(inner, 'FuncCall');
  const { name } = writtenName(call?.funcname);
  const isFolding = FOLDING.has(name);
  const within = isFolding || TRIMMING.has(name) ? call?.args?.[0] : withoutConstant(inner);
  const under = within && columnUnder(within, binding);
  return under && { ...under, isFolded: under.isFolded || isFolding };
}

/** `coalesce(x, 'a')`, `nullif(x, 'a')`: x. */
function withoutConstant(node: Node | undefined): Node | undefined {
  const { kind, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const nullif = kind === 'AEXPR_NULLIF' ? [lexpr, rexpr] : [];
  const [first, ...others] = fieldsOf(node, 'CoalesceExpr')?.args ?? nullif;
  return others.every((each) => constantOf(each) !== null) ? first : undefined;
}
