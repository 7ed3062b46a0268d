import type { Node, SubLink } from '@pgsql/types';
import type { EntityId } from '../../entity-id.ts';
import type { Binding } from '../binding.ts';
import { queryLevels } from './query-levels.ts';

/** A subselect in an expression: EXISTS, IN, ANY, ALL, ARRAY or a scalar one. */
export interface Subselect {
  readonly link: SubLink;
  /** It names something outside itself, so that it runs again for each row there. */
  readonly isCorrelated: boolean;
  /** It names the row of the expression itself (the policy's table). */
  readonly isCorrelatedToOuter: boolean;
  /** Relations that its own FROM names. */
  readonly relations: readonly EntityId[];
  /** How many queries it stands in; 1 at the top of the expression. */
  readonly depth: number;
}

/** The subselects of an expression, outer ones first. */
export function subselectsOf(tree: Node, binding: Binding): readonly Subselect[] {
  return [...queryLevels(tree, binding).values()].flatMap(({ link, outer, relations, depth }) => {
    if (!link) return [];
    return [{ link, isCorrelated: outer.size > 0, isCorrelatedToOuter: outer.has(0), relations, depth }];
  });
}
