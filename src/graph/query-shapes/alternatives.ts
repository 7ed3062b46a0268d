import type { Node } from '@pgsql/types';
import { conjuncts, disjuncts } from './column-tests.ts';

/** More alternatives than that nobody reads either. */
export const MOST_ALTERNATIVES = 32;

/** The alternatives of a condition, each as the parts that AND connects: `a and (b or c)` is a with b, or a with c. */
export function alternativesOf(tree: Node): readonly (readonly Node[])[] {
  const alternatives = disjuncts(tree).flatMap((one) =>
    conjuncts(one).reduce<readonly (readonly Node[])[]>(
      (known, part) => {
        const own = part === one ? [[part]] : alternativesOf(part);
        return known.flatMap((before) => own.map((each) => [...before, ...each])).slice(0, MOST_ALTERNATIVES);
      },
      [[]],
    ),
  );
  return alternatives.slice(0, MOST_ALTERNATIVES);
}
