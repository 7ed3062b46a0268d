import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { columnsIn, unwrapped } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isCaseInsensitive } from '../types/type-class.ts';
import { valueChecks } from './value-checks.ts';

type Column = EntityOf<'column'>;

/** Does a CHECK keep letter case out of the text: `c = lower(c)`, or any condition that calls lower() or upper() or asks for no capital? */
export function isLowerCaseCheck(graph: SchemaGraph, column: Column): boolean {
  return valueChecks(graph, column).some(({ condition }) =>
    anyNode(condition, (node) => isFolding(node) || /A-Z/.test(fieldsOf(node, 'A_Const')?.sval?.sval ?? '')),
  );
}

/** A unique index on lower(c), or on a column that holds the text in lower case: generated, or citext, or a copy named so. */
export function lowerCaseKey(graph: SchemaGraph, column: Column): EntityOf<'index'> | undefined {
  return graph
    .ownedBy(column.relation, 'index')
    .filter((each) => each.isUnique)
    .find((index) =>
      index.keys.some((key) => {
        if (key.expression !== null) return folds(key.expression, column);
        const other = key.column === null ? undefined : graph.get('column', key.column);
        if (other === undefined || other.id === column.id) return false;
        if (other.generated !== null) return folds(other.generated.expression, column);
        const rest = other.name.replace(/_?(?:lower|lowercase|normali[sz]ed|canonical|ci)_?/i, '');
        return rest === column.name || (isCaseInsensitive(graph, other.type) && other.name.includes(column.name));
      }),
    );
}

function folds(expression: BoundExpression, column: Column): boolean {
  return anyNode(
    expression.tree,
    (node) => isFolding(node) && columnsIn(node, expression).some((each) => each.column === column.id),
  );
}

/** lower(…), upper(…), or a cast to citext. */
function isFolding(node: Node): boolean {
  const call = fieldsOf(unwrapped(node), 'FuncCall');
  if (call !== undefined) return /^(?:lower|upper|casefold)$/.test(writtenName(call.funcname).name);
  return writtenName(fieldsOf(node, 'TypeCast')?.typeName?.names).name === 'citext';
}
