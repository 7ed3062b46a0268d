import type { BoundExpression } from '../bound-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';

export function expressionKey(expression: BoundExpression, _graph: SchemaGraph): string {
  return expression.text.replace(/[\s()]+/g, '').replace(/::\w+/g, '');
}
