import type { SourceLocation } from '../../sql/location.ts';
import type { PlBlock, PlHandler, PlStatement } from '../../sql/plpgsql.ts';
import type { UnresolvedName } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';
import { placeOfInner } from '../place.ts';
import type { BlockQueries, Bound } from './block-queries.ts';
import { eachStatement, handlersAround, isAlwaysReached, ownExpressions } from './pl-statements.ts';

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

/** Those of statements that run one after the other, in the order of the text. */
export function openNamesOf(statements: readonly Bound[]): readonly OpenName[] {
  return statements.flatMap(namesOf).map((name) => ({ ...name, isAlwaysReached: true, handlers: [] }));
}

/** Those of a PL/pgSQL block. Where the name of the trigger's table decides whether a statement is run, nothing is concluded of any table. */
export function openNamesIn(block: PlBlock, queries: BlockQueries): readonly OpenName[] {
  return [...eachStatement([block])].flatMap(({ statement, parents }) => {
    if (parents.some(asksForTable)) return [];
    return ownExpressions(statement).flatMap((expression, at) => {
      const bound = queries.bound(expression);
      if (bound === undefined || bound.unresolved.length === 0) return [];
      // Of IF and CASE only the first condition is asked whatever happens.
      const isFirst = at === 0 || !isBranching(statement);
      const reach = {
        isAlwaysReached: isFirst && isAlwaysReached(statement, parents),
        handlers: handlersAround(statement, parents),
      };
      return namesOf(bound).map((name) => ({ ...name, ...reach }));
    });
  });
}

function isBranching({ kind }: PlStatement): boolean {
  return kind === 'if' || kind === 'case';
}

function asksForTable(statement: PlStatement): boolean {
  return isBranching(statement) && ownExpressions(statement).some(({ text }) => TRIGGERED_TABLE.test(text));
}

const TRIGGERED_TABLE = /\btg_(?:table_name|relname|relid)\b/i;

/** Those of one statement or expression, without what may yet turn out to be something. */
function namesOf(bound: Bound): readonly Omit<OpenName, 'isAlwaysReached' | 'handlers'>[] {
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
