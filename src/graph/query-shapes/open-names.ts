import type { SourceLocation } from '../../sql/location.ts';
import type { PlHandler } from '../../sql/plpgsql.ts';
import type { UnresolvedName } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import { placeOfInner } from '../place.ts';
import type { Bound } from './block-queries.ts';

/** A name in a routine's body that nothing in reach answers to, or more than one thing does. */
export interface OpenName extends Omit<UnresolvedName, 'node'> {
  /** It stands before a dot (`x` in x.id) instead of being looked for itself. */
  readonly isQualifier: boolean;
  /** All relations that its statement names. */
  readonly relations: readonly EntityId[];
  readonly isAlwaysReached: boolean;
  /** The handlers around it, innermost first. */
  readonly handlers: readonly PlHandler[];
  readonly at: SourceLocation | null;
}

/** Those of one statement or expression, in the order of the text, without what may yet turn out to be something. */
export function openNamesOf(bound: Bound): readonly Omit<OpenName, 'isAlwaysReached' | 'handlers'>[] {
  const relations = [...new Set(bound.references.flatMap((each) => (each.kind === 'relation' ? [each.target] : [])))];
  const [only, ...others] = relations;
  const sole = others.length === 0 ? only : undefined;
  return bound.unresolved.flatMap(({ node, ...name }) => {
    if (name.reason === 'undetermined') return [];
    const isQualifier = name.kind === 'relation' && 'fields' in node;
    const relation = name.relation ?? (name.kind === 'column' && name.reason === 'unknown' ? sole : undefined);
    return [{ ...name, relation, isQualifier, relations, at: placeOfInner(bound, node) }];
  });
}
