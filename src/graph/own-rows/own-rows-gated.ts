import { asksBy, type Standing } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import { isSelfDescription } from '../lexicon/self-description.ts';
import { clausesOf, waysOf } from '../policies/policy-clauses.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { tiesAsked } from './own-row-writes.ts';

/**
 * Is all that is decided by what a person says of himself (`is_seller`) whether he has rows of his own elsewhere: on each way that asks for it the row
 * has to be the caller's as well? Who wants to offer something says so first.
 */
export function gatesOwnRowsAlone(graph: SchemaGraph, free: readonly Standing[]): boolean {
  const isSaid = free.every((each) => {
    const { name, type } = graph.get('column', each.column);
    return each.by === 'value' && typeClass(graph, type) === 'boolean' && isSelfDescription(name);
  });
  const policies = new Set(free.map(({ policy }) => policy));
  return isSaid && [...policies].every((each) => isOfOwnRows(graph, each, free));
}

function isOfOwnRows(graph: SchemaGraph, policy: EntityOf<'policy'>, free: readonly Standing[]): boolean {
  const queries = new Set(free.filter((each) => each.policy === policy).map(({ query }) => query));
  return clausesOf(policy).every(({ expression }) => {
    const ways = waysOf(expression);
    return ways?.every(
      (way) =>
        !way.some((part) => asksBy(graph, part, queries)) ||
        way.some((part) => (tiesAsked(graph, part) ?? []).length > 0),
    );
  });
}
