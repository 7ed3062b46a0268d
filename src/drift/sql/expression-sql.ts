import type { BoundExpression } from '../../graph/bound-expression.ts';
import { isRepeatable } from '../../graph/repeatable-text.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { withoutSecrets } from '../../sql/secrets.ts';

/** The SQL cannot be written: what an expression names was renamed since, or the text holds a key or password. */
export class NotWritable extends Error {}

/** The text of an expression that means the same in a new statement. @throws NotWritable */
export function written(expression: BoundExpression, graph: SchemaGraph): string {
  if (!isRepeatable(graph, expression)) throw new NotWritable();
  return open(expression.text.trim());
}

/** A text without secrets: what a snapshot does not hold cannot be written, and what is one is not shown. @throws NotWritable */
export function open(text: string): string {
  if (text.includes('[secret]') || withoutSecrets(text) !== text) throw new NotWritable();
  return text;
}
