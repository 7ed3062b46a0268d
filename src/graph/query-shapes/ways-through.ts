import type { Node } from '@pgsql/types';
import { conjuncts, disjuncts } from './column-tests.ts';

/** More than that nobody reads either. */
const MOST = 32;

/**
 * The ways through a condition, each as the parts that have to hold together: `a and (b or c)` is a with b, or a with c. Undefined where there are too
 * many to go through, so that nothing is concluded from some of them.
 */
export function waysThrough(tree: Node): readonly (readonly Node[])[] | undefined {
  const ways: (readonly Node[])[] = [];
  for (const one of disjuncts(tree)) {
    let known: readonly (readonly Node[])[] = [[]];
    for (const part of conjuncts(one)) {
      const own = part === one ? [[part]] : waysThrough(part);
      if (own === undefined || known.length * own.length > MOST) return undefined;
      known = known.flatMap((before) => own.map((each) => [...before, ...each]));
    }
    ways.push(...known);
  }
  return ways.length > MOST ? undefined : ways;
}
