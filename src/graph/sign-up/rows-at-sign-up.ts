import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { certainWrites } from '../query-shapes/certain-writes.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import type { Write } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { startsFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { isOfUsers } from './sign-up-triggers.ts';

/** A row that is added for each new user. */
export interface RowAtSignUp {
  readonly trigger: EntityOf<'trigger'>;
  readonly routine: EntityOf<'function'>;
  readonly into: EntityId;
  readonly write: Write;
}

/** The rows that each run of a trigger on auth.users adds for the new user. */
export const rowsAtSignUp = askedOnce((graph): readonly RowAtSignUp[] => {
  const users = graph.relation({ schema: 'auth', name: 'users' });
  return (users === undefined ? [] : graph.ownedBy(users.id, 'trigger')).flatMap((trigger) => {
    const { events, when } = trigger;
    const routine = trigger.function === null ? undefined : graph.find(trigger.function);
    if (!isOfUsers(graph, trigger) || !events.includes('insert') || when !== null) return [];
    if (routine?.kind !== 'function' || !isUsersOwn(graph, routine)) return [];
    return certainWrites(routineShape(graph, routine), startsFor('insert')).flatMap(({ write }) =>
      write.kind === 'insert' && write.relation !== null ? [{ trigger, routine, into: write.relation, write }] : [],
    );
  });
});

/** The row with the new user's id in this column, which every user has from the first day. */
export function rowOfEachUser(graph: SchemaGraph, column: EntityOf<'column'>): RowAtSignUp | undefined {
  return rowsAtSignUp(graph).find(
    ({ into, write }) =>
      into === column.relation && write.sets.some((set) => set.column === column.id && isNewId(set.value)),
  );
}

function isNewId(value: Write['sets'][number]['value']): boolean {
  const field = rowField(unwrapped(value ?? undefined));
  return field?.row === 'new' && field.name === 'id';
}
