import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { ownColumn } from '../own-column.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** Does a CHECK say how large a value of the column may be: `c <= 100`, `100 > c`, `c between 0 and 100`? */
export function hasUpperBound(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return graph.ownedBy(column.relation, 'checkConstraint').some(({ expression }) => {
    const isColumn = (node: Node | undefined): boolean => ownColumn(node, expression) === column.id;
    return anyNode(expression.tree, (node) => {
      const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
      const operator = stringsOf(name)[0] ?? '';
      if (kind === 'AEXPR_BETWEEN' || operator === '<' || operator === '<=') return isColumn(lexpr);
      return (operator === '>' || operator === '>=') && isColumn(rexpr);
    });
  });
}
