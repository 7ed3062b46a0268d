import type { Entity } from '../graph/entities/index.ts';
import { groupedBy } from '../graph/grouping.ts';
import type { Origin } from '../graph/origin.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { anotherAt, type RelatedPlace } from './finding.ts';

/**
 * Is what so many do how the schema is made, and so one finding? Where all that might are known, three quarters of them have to.
 * @param from a rule's option: so many; 0 tells of each by itself
 */
export function isHabit(from: number, count: number, all: number = count): boolean {
  return from > 0 && count >= from && count * 4 >= all * 3;
}

/** What is told alike so often that it is one finding. */
export type Habit<Told> = readonly [Told, ...Told[]];

/**
 * What stands for itself, and what is a habit.
 * @param from a rule's option, as of `isHabit`
 * @param alikeBy what is alike; undefined of what stands for itself
 */
export function habitsOf<Told>(
  told: readonly Told[],
  from: number,
  alikeBy: (told: Told) => string | undefined,
): { readonly alone: readonly Told[]; readonly habits: readonly Habit<Told>[] } {
  const alone: Told[] = [];
  const habits: Habit<Told>[] = [];
  for (const [key, [first, ...others]] of groupedBy(told, alikeBy)) {
    if (first === undefined) continue;
    if (key !== undefined && isHabit(from, others.length + 1)) habits.push([first, ...others]);
    else alone.push(first, ...others);
  }
  return { alone, habits };
}

/** A finding about a schema, which stands at the first of many things in it, with the others beside it. */
export function ofSchema<Told>(
  graph: SchemaGraph,
  schema: string,
  [first, ...others]: Habit<Told>,
  placeOf: (told: Told) => { readonly of: Entity; readonly origin?: Origin; readonly note: string },
): { readonly entity: Entity; readonly origin: Origin; readonly related: readonly RelatedPlace[] } {
  const { of, origin = of.origin } = placeOf(first);
  return {
    entity: graph.global('schema', schema) ?? of,
    origin,
    related: others.map(placeOf).flatMap((each) => anotherAt({ origin: each.origin ?? each.of.origin }, each.note)),
  };
}
