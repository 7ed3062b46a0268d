import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { parentOf } from '../policies/parent-writes.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import { certainWrites } from '../query-shapes/certain-writes.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { stepOf } from '../query-shapes/step.ts';
import { startsFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;
type Trigger = EntityOf<'trigger'>;

/** What a trigger does to a number of the row that a new row refers to. */
interface Step {
  readonly trigger: Trigger;
  readonly function: Routine;
  readonly parent: EntityOf<'table'>;
  /** The column of the new row by which the parent is found. */
  readonly by: Column;
  readonly column: Column;
  /** As `+ 1`. */
  readonly step: string;
  /** It does nothing else. */
  readonly isAll: boolean;
}

/** Two triggers with two functions that both add the same to one number of the parent, for each new row. */
export interface DoubledStep {
  readonly column: Column;
  readonly parent: EntityOf<'table'>;
  readonly step: string;
  /** The one that can go: the older, but for one that works where the younger is held by row security. */
  readonly spare: Pick<Step, 'trigger' | 'function' | 'isAll'>;
  readonly kept: Pick<Step, 'trigger' | 'function'>;
  /** The function of the spare one, where row security keeps it from rows of the parent that the client may not change, and the other not. */
  readonly held: Routine | undefined;
}

/** The numbers of parents that two triggers of the table count for each new row, each by itself: Postgres runs both (docs, CREATE TRIGGER). */
export const doubledSteps = askedOnce((graph: SchemaGraph, table: EntityOf<'table'>): readonly DoubledStep[] => {
  const steps = graph.ownedBy(table.id, 'trigger').flatMap((trigger) => stepsOf(graph, table, trigger));
  return steps.flatMap((older, at): readonly DoubledStep[] => {
    const younger = steps.slice(at + 1).find((each) => isSame(older, each));
    if (younger === undefined) return [];
    const { column, parent, step } = older;
    const isHeld = (each: Step) => each.function.security !== 'definer' && parent.rowSecurity;
    const isPast = (each: Step) =>
      each.function.security === 'definer' && !isUnderRowSecurity(graph, each.function.owner, parent);
    const [spare, kept] = isHeld(younger) && isPast(older) ? [younger, older] : [older, younger];
    return [{ column, parent, step, spare, kept, held: isHeld(spare) && isPast(kept) ? spare.function : undefined }];
  });
});

function isSame(one: Step, other: Step): boolean {
  return (
    one.column.id === other.column.id &&
    one.by.id === other.by.id &&
    one.step === other.step &&
    one.trigger.id !== other.trigger.id &&
    one.function.id !== other.function.id
  );
}

function stepsOf(graph: SchemaGraph, table: EntityOf<'table'>, trigger: Trigger): readonly Step[] {
  const { level, events, when, timing } = trigger;
  if (!firesInOrigin(trigger)) return [];
  if (level !== 'row' || timing === 'insteadOf' || when !== null || !events.includes('insert')) return [];
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (called?.kind !== 'function' || !isUsersOwn(graph, called) || graph.isDoubtful(called, ['functions'])) return [];
  const shape = routineShape(graph, called);
  if (shape.block === null || !shape.isWhole) return [];
  return certainWrites(shape, startsFor('insert')).flatMap(({ write, query }): readonly Step[] => {
    const found = parentOf(graph, table.id, query, write);
    if (found === undefined || query.sources.some(({ tests }) => tests.length > 1)) return [];
    const { parent, column: by } = found;
    return write.sets.flatMap(({ column: id, name, value }): readonly Step[] => {
      const step = stepOf(value, name);
      const column = id === null ? undefined : graph.find(id);
      if (step?.amount == null || column?.kind !== 'column') return [];
      const isAll = doesNoMore(shape, parent, column);
      return [{ trigger, function: called, parent, by, column, step: `${step.sign} ${step.amount}`, isAll }];
    });
  });
}

function doesNoMore({ writes, calls, assignments }: RoutineShape, { id }: EntityOf<'table'>, column: Column): boolean {
  const isOfStep = ({ write: { kind, relation, sets } }: RoutineShape['writes'][number]) =>
    kind === 'update' && relation === id && sets.every((each) => each.column === column.id);
  return calls.length === 0 && assignments.length === 0 && writes.every(isOfStep);
}
