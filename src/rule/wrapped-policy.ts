import type { Call } from '../graph/binding/questions/calls.ts';
import { foldBoolean } from '../graph/binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import { repeatedCallerCalls, repeatedHelperCalls } from '../graph/caller/helper-calls.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { bracketed, withCallsWrapped } from '../graph/policies/policy-text.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix, RelatedPlace } from './finding.ts';
import { raw, sql } from './sql.ts';

type Policy = EntityOf<'policy'>;

/** A clause of a policy with the calls in it that run more often than they need to. */
export interface RepeatingClause {
  readonly name: 'USING' | 'WITH CHECK';
  readonly expression: BoundExpression;
  readonly calls: readonly Call[];
}

/** The clauses of a policy that have such calls, USING first. */
export function repeatingClauses(
  { using, check }: Policy,
  callsIn: (expression: BoundExpression) => readonly Call[],
): readonly RepeatingClause[] {
  const clause = (name: RepeatingClause['name'], expression: BoundExpression | null): readonly RepeatingClause[] => {
    // Postgres works out what is always the same (… or true) before it reads a row.
    const isConstant = expression !== null && foldBoolean(expression.tree) !== undefined;
    const calls = expression === null || isConstant ? [] : callsIn(expression);
    return expression === null || calls.length === 0 ? [] : [{ name, expression, calls }];
  };
  return [...clause('USING', using), ...clause('WITH CHECK', check)];
}

/**
 * None where the text cannot be rewritten with certainty: what names it holds was renamed, or it is not read. All calls that run more often than they
 * need to are wrapped at once, whichever rule asks: each fix writes the whole clause, and would undo the other's.
 */
export function wrappedPolicy(graph: SchemaGraph, policy: Policy): Fix | undefined {
  const callsIn = (each: BoundExpression) => [...repeatedCallerCalls(graph, each), ...repeatedHelperCalls(graph, each)];
  const written: string[] = [];
  for (const { name, expression, calls } of repeatingClauses(policy, callsIn)) {
    const text = withCallsWrapped(graph, expression, calls);
    if (text === undefined) return undefined;
    written.push(`${name.toLowerCase()} ${bracketed(text)}`);
  }
  return {
    title: 'Run each call once, in a scalar subselect',
    safety: 'safe',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  ${raw(written.join('\n  '))};`,
  };
}

/** Where the policy stands that keeps calls of another from being wrapped. */
export function wrappingWarning(broken: Policy | undefined): readonly RelatedPlace[] {
  if (broken?.origin.from !== 'statement') return [];
  const name = quoteIdentifier(broken.name);
  const note = `the policy ${name} reads this table and would fail with 42P17 if the call were wrapped: give it a SECURITY DEFINER function first`;
  return [{ note, at: broken.origin.at }];
}
