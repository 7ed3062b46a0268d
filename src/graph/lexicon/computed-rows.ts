import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNamed, type NamePatterns } from './pattern.ts';

const COMPUTED: NamePatterns = [
  '*_computed_at',
  '*_recomputed_at',
  '*_calculated_at',
  '*_recalculated_at',
  '*_aggregated_at',
];

/** Are the rows worked out from those of other tables, and will be again: does each say when that was done? */
export function areRowsComputed(graph: SchemaGraph, { id }: EntityOf<'table'>): boolean {
  return graph.columns(id).some(({ name, notNull, default: given }) => {
    return notNull && given !== null && isNamed(name, COMPUTED);
  });
}
