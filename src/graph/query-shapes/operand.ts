import type { Node, SubLink } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { nodesOf, walk } from '../../sql/walk.ts';
import type { Binding, ColumnMeaning } from '../binding/binding.ts';
import { type Constant, NULL, type Operand } from './query.ts';

/** Without casts and COLLATE around it. */
export function unwrapped(node: Node | undefined): Node | undefined {
  let current = node;
  for (;;) {
    if (current !== undefined && 'TypeCast' in current) current = current.TypeCast.arg;
    else if (current !== undefined && 'CollateClause' in current) current = current.CollateClause.arg;
    else return current;
  }
}

export function operandOf(node: Node | undefined, { meanings }: Binding): Operand {
  const inner = unwrapped(node);
  if (inner === undefined) return 'expression';
  if (constantOf(inner) !== null) return 'constant';
  if ('SubLink' in inner) return isEvaluatedOnce(inner.SubLink) ? 'expression' : 'subselect';
  if ('ParamRef' in inner) return 'variable';
  const reference = fieldsOf(inner, 'ColumnRef');
  if (reference === undefined) return 'expression';
  return meanings.get(reference)?.kind === 'variable' ? 'variable' : 'column';
}

/** `(select auth.uid())`: a subselect that reads nothing is only a value. */
function isEvaluatedOnce({ subLinkType, subselect }: SubLink): boolean {
  const select = fieldsOf(subselect, 'SelectStmt');
  return subLinkType === 'EXPR_SUBLINK' && select !== undefined && (select.fromClause ?? []).length === 0;
}

/** What a subselect that reads nothing gives, `(select auth.uid())`; any other node itself. Without casts. */
export function valueOfSelect(node: Node | undefined): Node | undefined {
  const inner = unwrapped(node);
  const link = fieldsOf(inner, 'SubLink');
  if (link === undefined || !isEvaluatedOnce(link)) return inner;
  return unwrapped(fieldsOf(fieldsOf(link.subselect, 'SelectStmt')?.targetList?.[0], 'ResTarget')?.val);
}

/** The text of a constant, through casts: NULL for NULL, 'true' and 'false'. Null for anything else. */
export function constantOf(node: Node | undefined): Constant | null {
  const inner = unwrapped(node);
  const constant = fieldsOf(inner, 'A_Const');
  if (constant === undefined) {
    const { name, kind, rexpr, lexpr } = fieldsOf(inner, 'A_Expr') ?? {};
    const isMinus = kind === 'AEXPR_OP' && lexpr === undefined && fieldsOf(name?.[0], 'String')?.sval === '-';
    const positive = isMinus ? constantOf(rexpr) : null;
    return typeof positive === 'string' ? `-${positive}` : positive;
  }
  const { isnull, ival, fval, sval, boolval, bsval } = constant;
  if (isnull === true) return NULL;
  if (boolval !== undefined) return boolval.boolval === true ? 'true' : 'false';
  if (ival !== undefined) return String(ival.ival ?? 0);
  return fval?.fval ?? sval?.sval ?? bsval?.bsval ?? '';
}

/** The text of a constant that is a value: null for NULL, as for whatever is no constant. */
export function constantText(node: Node | undefined): string | null {
  const constant = constantOf(node);
  return constant === NULL ? null : constant;
}

/** Does it name the row outside the expression? */
export function namesRowOutside(tree: Node | undefined, { meanings }: Pick<Binding, 'meanings'>): boolean {
  return nodesOf(tree, 'ColumnRef').some((reference) => {
    const meaning = meanings.get(reference);
    return meaning !== undefined && 'isOuter' in meaning && meaning.isOuter;
  });
}

/** The variable a node is, as written. */
export function variableOf(node: Node | undefined, { meanings }: Binding): string | null {
  const inner = unwrapped(node);
  const parameter = fieldsOf(inner, 'ParamRef');
  if (parameter !== undefined) return `$${parameter.number ?? 0}`;
  const reference = fieldsOf(inner, 'ColumnRef');
  const meaning = reference && meanings.get(reference);
  return meaning?.kind === 'variable' ? meaning.name : null;
}

/** The columns that a tree names, those of subselects inside left out. */
export function columnsIn(node: Node | undefined, { meanings }: Binding): readonly ColumnMeaning[] {
  const found: ColumnMeaning[] = [];
  walk(node, (tag, each) => {
    if (tag === 'SubLink') return 'skip';
    const reference = tag === 'ColumnRef' ? fieldsOf(each, tag) : undefined;
    const meaning = reference && meanings.get(reference);
    if (meaning?.kind === 'column') found.push(meaning);
    return undefined;
  });
  return found;
}

export function columnMeaning(
  node: Node | undefined,
  { meanings }: Pick<Binding, 'meanings'>,
): ColumnMeaning | undefined {
  const reference = fieldsOf(unwrapped(node), 'ColumnRef');
  const meaning = reference && meanings.get(reference);
  return meaning?.kind === 'column' ? meaning : undefined;
}
