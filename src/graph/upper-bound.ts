import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import { walk } from '../sql/walk.ts';
import type { EntityOf } from './entities/index.ts';
import { ownColumn } from './own-column.ts';
import type { SchemaGraph } from './schema-graph.ts';

/** Does a CHECK say how large a value of the column may be: `c <= 100`, `100 > c`, `c between 0 and 100`? */
export function hasUpperBound(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return graph.ownedBy(column.relation, 'checkConstraint').some(({ expression }) => {
    const isColumn = (node: Node | undefined): boolean => ownColumn(node, expression) === column.id;
    let found = false;
    walk(expression.tree, (_, node) => {
      const comparison = fieldsOf(node, 'A_Expr');
      if (comparison === undefined) return undefined;
      const { kind, name, lexpr, rexpr } = comparison;
      const operator = stringsOf(name)[0] ?? '';
      if (kind === 'AEXPR_BETWEEN') found ||= isColumn(lexpr);
      else if (operator === '<' || operator === '<=') found ||= isColumn(lexpr);
      else if (operator === '>' || operator === '>=') found ||= isColumn(rexpr);
      return found ? 'stop' : undefined;
    });
    return found;
  });
}
