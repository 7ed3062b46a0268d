import type { Node, SelectStmt, SubLink } from '@pgsql/types';
import { fieldsOf } from '../../../sql/nodes.ts';
import { walk } from '../../../sql/walk.ts';
import type { Binding } from '../binding.ts';

/** A subselect that is to give one column and certainly gives more, and what the server says of it (parse_expr.c, transformSubLink()). */
export interface WideSubselect {
  readonly link: SubLink;
  readonly message: string;
}

/** `v := (select t.* from t …)`, `x in (select a, b …)`. A row beside it takes as many as it has: `(a, b) = (select …)`, SET (a, b) = (select …). */
export function tooWide({
  tree,
  meanings,
}: Pick<Binding, 'meanings'> & { readonly tree: Node }): readonly WideSubselect[] {
  const found: WideSubselect[] = [];
  const rows = new Set<SubLink>();
  walk(tree, (_, node) => {
    const operation = fieldsOf(node, 'A_Expr');
    const beside = operation?.lexpr !== undefined && 'RowExpr' in operation.lexpr ? operation.rexpr : undefined;
    const taking = fieldsOf(beside ?? fieldsOf(node, 'MultiAssignRef')?.source, 'SubLink');
    if (taking !== undefined) rows.add(taking);
    const link = fieldsOf(node, 'SubLink');
    const message = link && MESSAGES.get(link.subLinkType ?? 'EXISTS_SUBLINK');
    const query = fieldsOf(link?.subselect, 'SelectStmt');
    if (link === undefined || message === undefined || query === undefined || rows.has(link)) return undefined;
    if (link.testexpr !== undefined && 'RowExpr' in link.testexpr) return undefined;
    if ((widthOf(query, meanings) ?? 0) > 1) found.push({ link, message });
    return undefined;
  });
  return found;
}

const MESSAGES: ReadonlyMap<SubLink['subLinkType'], string> = new Map([
  ['EXPR_SUBLINK', 'subquery must return only one column'],
  ['ARRAY_SUBLINK', 'subquery must return only one column'],
  ['ANY_SUBLINK', 'subquery has too many columns'],
]);

/** How many columns a query gives; undefined where a star stands for what is not all known. */
function widthOf(query: SelectStmt, meanings: Binding['meanings']): number | undefined {
  if (query.larg !== undefined) return widthOf(query.larg, meanings);
  const [row] = query.valuesLists ?? [];
  if (row !== undefined) return fieldsOf(row, 'List')?.items?.length;
  let width = 0;
  for (const target of query.targetList ?? []) {
    const value = fieldsOf(target, 'ResTarget')?.val;
    const reference = fieldsOf(value, 'ColumnRef');
    const isStar = [reference?.fields, fieldsOf(value, 'A_Indirection')?.indirection].some((fields) =>
      fields?.some((each) => 'A_Star' in each),
    );
    const meaning = reference && meanings.get(reference);
    if (isStar && (meaning?.kind !== 'star' || !meaning.isComplete)) return undefined;
    width += isStar && meaning?.kind === 'star' ? meaning.columns.length : 1;
  }
  return width;
}
