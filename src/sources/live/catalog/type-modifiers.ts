/**
 * The modifiers in a type as format_type() spells it: `numeric(10,2)` has 10 and 2, `interval day to second(3)` has
 * `day to second` and 3. Only for a type that has some (atttypmod is not -1), for a quoted name may hold parentheses itself.
 */
export function typeModifiers(text: string): readonly string[] {
  const scalar = text.replace(/(\[\])+$/, '');
  const interval = /^interval(?: ([a-z ]+))?(?:\((\d+)\))?$/.exec(scalar);
  if (interval) return interval.slice(1).filter((part) => part !== undefined);
  const inside = /\(([^()]*)\)(?: with(?:out)? time zone)?$/.exec(scalar)?.[1];
  return inside === undefined ? [] : inside.split(',');
}
