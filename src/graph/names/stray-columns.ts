import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { nodesOf, walk } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';

/** What a subselect of a policy asks of the row outside although it reads as if it were asked of the tables of its own FROM. */
export interface OutsideTest {
  readonly names: readonly string[];
  /** The relation that has no such columns. */
  readonly relation: EntityId;
  /** The first of the names. */
  readonly node: Node;
}

/**
 * Conditions of a subselect that name, without a qualifier, only columns of the row outside: those its FROM does not have. A condition that ties the two
 * together names both; a column that another condition ties to one of the subselect's own is meant as the row's outside, here as there.
 */
export function outsideTests(expression: BoundExpression): readonly OutsideTest[] {
  const found: OutsideTest[] = [];
  for (const link of nodesOf(expression.tree, 'SubLink')) {
    const select = fieldsOf(link.subselect, 'SelectStmt');
    const [from, ...others] = select?.fromClause ?? [];
    const table = others.length === 0 ? fieldsOf(from, 'RangeVar') : undefined;
    const source = table && expression.meanings.get(table);
    if (select === undefined || source?.kind !== 'source' || source.relation === undefined) continue;
    const output = link.subLinkType === 'ANY_SUBLINK' ? fieldsOf(select.targetList?.[0], 'ResTarget')?.val : undefined;
    const conditions = conjuncts(select.whereClause);
    const tied = new Set(conditions.flatMap((each) => tiedNames(expression, each)));
    for (const each of [...conditions, ...(output === undefined ? [] : [output])]) {
      const names = outsideNames(expression, each);
      const [first] = names;
      if (first !== undefined && !names.every(({ name }) => tied.has(name)))
        found.push({ names: names.map(({ name }) => name), relation: source.relation, node: first.node });
    }
  }
  return found;
}

/** The columns outside that a condition names beside one of the subselect's own. */
function tiedNames({ meanings }: BoundExpression, condition: Node): readonly string[] {
  const columns = nodesOf(condition, 'ColumnRef').flatMap((reference) => {
    const meaning = meanings.get(reference);
    return meaning?.kind === 'column' ? [meaning] : [];
  });
  const isTied = columns.some(({ isOuter }) => !isOuter);
  return isTied ? columns.filter(({ isOuter }) => isOuter).map(({ name }) => name) : [];
}

/** The names in a condition, if all mean columns outside and stand without a qualifier. */
function outsideNames(
  { meanings }: BoundExpression,
  condition: Node,
): readonly { readonly name: string; readonly node: Node }[] {
  const names: { readonly name: string; readonly node: Node }[] = [];
  let isOutside = true;
  walk(condition, (tag, node) => {
    const reference = tag === 'ColumnRef' ? fieldsOf(node, tag) : undefined;
    // One without a FROM is a value: (select auth.uid()).
    if (tag === 'SubLink' && fieldsOf(fieldsOf(node, tag)?.subselect, 'SelectStmt')?.fromClause !== undefined)
      isOutside = false;
    if (reference === undefined || !isOutside) return isOutside ? undefined : 'stop';
    const meaning = meanings.get(reference);
    // A query in between is neither the one it is in nor the row outside.
    isOutside = meaning?.kind === 'column' && meaning.isOuter && stringsOf(reference.fields).length === 1;
    if (meaning?.kind === 'column') names.push({ name: meaning.name, node });
    return undefined;
  });
  return isOutside ? names : [];
}
