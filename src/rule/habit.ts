/**
 * Is what so many do how the schema is made, and so one finding? Where all that might are known, three quarters of them have to.
 * @param from a rule's option: so many; 0 tells of each by itself
 */
export function isHabit(from: number, count: number, all: number = count): boolean {
  return from > 0 && count >= from && count * 4 >= all * 3;
}
