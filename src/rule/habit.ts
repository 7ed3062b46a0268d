import { groupedBy } from '../graph/grouping.ts';

/**
 * Is what so many do how the schema is made, and so one finding? Where all that might are known, three quarters of them have to.
 * @param from a rule's option: so many; 0 tells of each by itself
 */
export function isHabit(from: number, count: number, all: number = count): boolean {
  return from > 0 && count >= from && count * 4 >= all * 3;
}

/** What stands for itself, and the groups of what is told alike so often that each is one finding. */
export interface Habits<Told> {
  readonly alone: readonly Told[];
  readonly habits: readonly (readonly [Told, ...Told[]])[];
}

/**
 * @param from a rule's option, as of `isHabit`
 * @param alikeBy what is alike; undefined of what stands for itself
 */
export function habitsOf<Told>(
  told: readonly Told[],
  from: number,
  alikeBy: (told: Told) => string | undefined,
): Habits<Told> {
  const alone: Told[] = [];
  const habits: (readonly [Told, ...Told[]])[] = [];
  for (const [key, [first, ...others]] of groupedBy(told, alikeBy)) {
    if (first === undefined) continue;
    if (key !== undefined && isHabit(from, others.length + 1)) habits.push([first, ...others]);
    else alone.push(first, ...others);
  }
  return { alone, habits };
}
