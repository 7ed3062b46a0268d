import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isCurrentTime } from '../query-shapes/current-time.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { callerChoice } from './caller-choice.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;

/** Rows in which a routine writes that something was paid, and by what a payment service calls the payment, which it is given. */
export interface RecordedPayment {
  readonly table: EntityOf<'table'>;
  readonly reference: Column;
}

/** The first of them; undefined where it looks the payment up in another table, or not all of what it does is known. */
export function recordedPayment(graph: SchemaGraph, routine: Routine): RecordedPayment | undefined {
  const { writes, queries, isWhole } = routineShape(graph, routine);
  if (!isWhole) return undefined;
  const choice = callerChoice(graph, routine);
  const written = new Set(writes.flatMap(({ write }) => write.relation ?? []));
  const isPayment = (id: EntityId | null) => id !== null && hasRole(graph, graph.get('column', id), 'payment');
  const isLookedUp = queries
    .flatMap(({ sources }) => sources)
    .some(({ relation, tests }) => !written.has(relation) && tests.some(({ column }) => isPayment(column)));
  if (isLookedUp) return undefined;
  for (const { query, write } of writes) {
    const table = write.relation === null ? undefined : graph.find(write.relation);
    if (table?.kind !== 'table' || !write.sets.some((each) => saysPaid(graph, each))) continue;
    const reference = write.sets.find(
      ({ column, value }) => isPayment(column) && value !== null && choice.holdsArgument(value, query.binding),
    );
    if (reference?.column != null) return { table, reference: graph.get('column', reference.column) };
  }
  return undefined;
}

function saysPaid(graph: SchemaGraph, { column: id, constant, value }: SetColumn): boolean {
  if (id === null) return false;
  const column = graph.get('column', id);
  if (hasRole(graph, column, 'status')) return typeof constant === 'string' && PAID.has(constant.toLowerCase());
  return isNamed(column.name, PAID_AT) && value !== null && isCurrentTime(value);
}

const PAID: ReadonlySet<string> = new Set(['paid', 'succeeded']);
const PAID_AT: NamePatterns = ['*_paid_at', '*_paid_on'];
