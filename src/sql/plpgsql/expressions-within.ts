import type { PlExpression } from '../plpgsql.ts';

const found = new WeakMap<object, readonly PlExpression[]>();

/** The expressions and queries in any part of a body, in order. They are looked for once: what was read does not change. */
export function expressionsWithin(part: object): readonly PlExpression[] {
  let expressions = found.get(part);
  if (expressions === undefined) {
    expressions = collected(part, []);
    found.set(part, expressions);
  }
  return expressions;
}

function collected(part: object, into: PlExpression[]): PlExpression[] {
  if ('tree' in part && 'text' in part) into.push(part as PlExpression);
  else for (const each of Object.values(part)) if (typeof each === 'object' && each !== null) collected(each, into);
  return into;
}
