import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * The columns of a relation that a query names anywhere, its conditions and joins included: for each of them Postgres wants SELECT. A whole row
 * stands for all of them; `count(*)` names none.
 */
export function namedColumns(
  graph: SchemaGraph,
  { references, meanings }: BoundExpression,
  relation: EntityId,
): readonly EntityOf<'column'>[] {
  const columns = graph.columns(relation);
  for (const meaning of meanings.values())
    if (meaning.kind === 'row' && meaning.relation === relation && !meaning.isOuter) return columns;
  const named = new Set(references.flatMap(({ kind, target }) => (kind === 'column' ? [target] : [])));
  return columns.filter(({ id }) => named.has(id));
}
