import type { Node } from '@pgsql/types';
import { fieldsOf } from '../sql/nodes.ts';
import { nodesOf, walk } from '../sql/walk.ts';
import type { Binding } from './binding/binding.ts';
import type { BoundExpression } from './bound-expression.ts';
import type { EntityId } from './entity-id.ts';

/** The column that a bare reference stands for, of whatever relation. */
export function referencedColumn(node: Node | undefined, { meanings }: Binding): EntityId | undefined {
  const reference = fieldsOf(node, 'ColumnRef');
  const meaning = reference && meanings.get(reference);
  return meaning?.kind === 'column' ? meaning.column : undefined;
}

/** The same, only of the row that the check, policy, index or default is about. */
export function ownColumn(node: Node | undefined, binding: Binding): EntityId | undefined {
  const reference = fieldsOf(node, 'ColumnRef');
  const meaning = reference && binding.meanings.get(reference);
  return meaning?.kind === 'column' && meaning.isOuter ? meaning.column : undefined;
}

/** All columns of that row that a part of the expression names, also in its subselects. */
export function ownColumns(tree: Node, binding: Binding): ReadonlySet<EntityId> {
  const columns = new Set<EntityId>();
  walk(tree, (_, node) => {
    const column = ownColumn(node, binding);
    if (column !== undefined) columns.add(column);
    return undefined;
  });
  return columns;
}

/** Is it about the caller, or nothing at all, and not about the row? */
export function namesNothingOfRow(expression: BoundExpression): boolean {
  const { tree, meanings } = expression;
  const isWhole = nodesOf(tree, 'ColumnRef').some((each) => {
    const meaning = meanings.get(each);
    return meaning?.kind === 'row' && meaning.isOuter;
  });
  return !isWhole && ownColumns(tree, expression).size === 0;
}

/** The columns that an expression looks at, of whatever table. */
export function columnsNamed({ tree, meanings }: Pick<BoundExpression, 'tree' | 'meanings'>): ReadonlySet<EntityId> {
  const columns = new Set<EntityId>();
  for (const reference of nodesOf(tree, 'ColumnRef')) {
    const meaning = meanings.get(reference);
    if (meaning?.kind === 'column' && meaning.column !== undefined) columns.add(meaning.column);
  }
  return columns;
}
