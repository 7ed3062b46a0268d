import { unlikeSides } from '../../sql/equality.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { ownColumn } from '../own-column.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksCaller } from './caller-source.ts';

/** `sender_id <> auth.uid()`: the column of the row, of which the condition keeps out the caller alone. */
export function unlikeCaller(graph: SchemaGraph, part: BoundExpression): EntityId | undefined {
  for (const [side, other] of unlikeSides(part.tree)) {
    const column = ownColumn(unwrapped(side), part);
    if (column !== undefined && asksCaller(graph, other, part)) return column;
  }
  return undefined;
}
