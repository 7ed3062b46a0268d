import { isDefinition } from '../../sql/definitions.ts';
import type { SourceLocation } from '../../sql/location.ts';
import type { PlBlock } from '../../sql/plpgsql.ts';
import type { UnresolvedName } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import { placeOfInner } from '../place.ts';
import type { BlockQueries, Bound } from './block-queries.ts';
import { type Reach, reachedExpressions } from './reached-expressions.ts';

/** A name in a routine's body that nothing in reach answers to, or more than one thing does. */
export interface OpenName extends Omit<UnresolvedName, 'node'>, Reach {
  /** It stands before a dot (`x` in x.id) instead of being looked for itself. */
  readonly isQualifier: boolean;
  /** All relations that its statement names. */
  readonly relations: readonly EntityId[];
  readonly at: SourceLocation | null;
}

/** Those of statements that run one after the other, in the order of the text. */
export function openNamesOf(statements: readonly Bound[]): readonly OpenName[] {
  return statements.flatMap(namesOf).map((name) => ({
    ...name,
    statement: null,
    isAlwaysReached: true,
    handlers: [],
    isWholeBody: true,
    undoesAll: true,
  }));
}

/** Those of a PL/pgSQL block. */
export function openNamesIn(block: PlBlock, queries: BlockQueries): readonly OpenName[] {
  return reachedExpressions(block, queries, namesOf).flatMap(({ found, reach }) =>
    found.map((name) => ({ ...name, ...reach })),
  );
}

/** Those of one statement or expression, without what may yet turn out to be something. */
function namesOf(bound: Bound): readonly Omit<OpenName, keyof Reach>[] {
  // Its columns are those of the object that it is about.
  const isOfItsOwn = isDefinition(bound.tree);
  const relations = relationsNamed(bound);
  const [only, ...others] = relations;
  const sole = others.length === 0 ? only : undefined;
  return bound.unresolved.flatMap(({ node, ...name }) => {
    if (name.reason === 'undetermined' || (isOfItsOwn && name.kind === 'column')) return [];
    const isQualifier = name.kind === 'relation' && 'fields' in node;
    const relation = name.relation ?? (name.kind === 'column' && name.reason === 'unknown' ? sole : undefined);
    return [{ ...name, relation, isQualifier, relations, at: placeOfInner(bound, node) }];
  });
}

/** The relations that a statement or expression names, each once. */
export function relationsNamed({ references }: Bound): readonly EntityId[] {
  return [...new Set(references.flatMap((each) => (each.kind === 'relation' ? [each.target] : [])))];
}
