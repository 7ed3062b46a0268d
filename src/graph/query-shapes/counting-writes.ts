import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isCurrentTime } from './current-time.ts';
import type { SetColumn } from './query.ts';
import { writesTo } from './schema-queries.ts';
import { stepOf } from './step.ts';

/** Does an UPDATE only count, and note when: `views = views + 1, viewed_at = now()`? Nothing that somebody wrote into the row is another then. */
export function isCounting(sets: readonly SetColumn[]): boolean {
  const isStep = ({ value, name }: SetColumn) => stepOf(value, name)?.amount === '1';
  return sets.some(isStep) && sets.every((each) => isStep(each) || (each.value !== null && isCurrentTime(each.value)));
}

/** The columns that functions of the schema set by such updates of a table, but for one that they are to leave alone. */
export function columnsCounted(graph: SchemaGraph, table: EntityId, left: EntityId): ReadonlySet<EntityId> {
  const counting = writesTo(graph, table).flatMap(({ write: { kind, sets } }) =>
    kind === 'update' && isCounting(sets) && !sets.some(({ column }) => column === left) ? sets : [],
  );
  return new Set(counting.flatMap(({ column }) => column ?? []));
}
