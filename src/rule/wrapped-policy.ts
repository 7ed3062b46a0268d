import type { Call } from '../graph/binding/questions/calls.ts';
import { foldBoolean } from '../graph/binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import { repeatedCallerCalls, repeatedHelperCalls } from '../graph/caller/helper-calls.ts';
import { isCastBehindTest } from '../graph/costs/hoisted-cast.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { alternativesOf } from '../graph/policies/alternatives.ts';
import { bracketed, rowsOf, withCallsWrapped } from '../graph/policies/policy-text.ts';
import { asksForServiceRole } from '../graph/privileges/for-service-role.ts';
import { bypassesRowSecurity } from '../graph/privileges/privilege-questions.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix, RelatedPlace } from './finding.ts';
import { brief } from './prose.ts';
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
 * need to are wrapped at once, whichever rule asks: each fix writes the whole clause, and would undo the other's. What an OR asks of the service key beside
 * the rest goes: its role bypasses row security, and the OR keeps an index on the columns compared beside it from being used (seen with EXPLAIN).
 */
export function wrappedPolicy(graph: SchemaGraph, policy: Policy): Fix | undefined {
  const written: string[] = [];
  let isShorter = false;
  for (const { name, expression } of repeatingClauses(policy, (each) => callsIn(graph, each))) {
    const kept = withoutServiceKey(graph, expression);
    const isKeptFrom = (each: BoundExpression, call: Call) =>
      rowsOf(graph, call) !== undefined || isCastBehindTest(each, call);
    if (kept.some((each) => callsIn(graph, each).some((call) => isKeptFrom(each, call)))) return undefined;
    const texts = kept.map((each) => withCallsWrapped(graph, each, callsIn(graph, each)));
    const [text] = texts;
    if (text === undefined || texts.includes(undefined)) return undefined;
    isShorter ||= !kept.includes(expression);
    written.push(
      `${name.toLowerCase()} ${bracketed(texts.length === 1 ? text : texts.map((each) => `(${each})`).join(' or '))}`,
    );
  }
  return {
    title: isShorter
      ? 'Run each call once, in a scalar subselect, and leave out what asks for the service key, whose role bypasses row security'
      : 'Run each call once, in a scalar subselect',
    safety: isShorter ? 'review' : 'safe',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  ${raw(written.join('\n  '))};`,
  };
}

function callsIn(graph: SchemaGraph, expression: BoundExpression): readonly Call[] {
  return [...repeatedCallerCalls(graph, expression), ...repeatedHelperCalls(graph, expression)];
}

/** The clause itself, or the sides of its OR that ask for something else. */
function withoutServiceKey(graph: SchemaGraph, clause: BoundExpression): readonly BoundExpression[] {
  const role = graph.global('role', 'service_role');
  if (role === undefined || !bypassesRowSecurity(graph, role.id)) return [clause];
  const sides = alternativesOf(clause).map(({ expression }) => expression);
  const others = sides.filter((each) => !asksForServiceRole(each));
  return others.length === 0 || others.length === sides.length ? [clause] : others;
}

/** The functions that give rows, which keep the calls of a policy from being wrapped. */
export function rowsWarning(graph: SchemaGraph, calls: readonly Call[]): readonly RelatedPlace[] {
  const functions = new Set(calls.flatMap((each) => rowsOf(graph, each) ?? []));
  return [...functions].flatMap(({ name, origin }) => {
    if (origin.from !== 'statement') return [];
    const note = `${brief(name)}() gives rows, and a subselect around the call fails: read from it in a subselect that names nothing of the row (… in (select … from ${brief(name)}()))`;
    return [{ note, at: origin.at }];
  });
}

/** That a cast, which a test in the same AND guards, keeps calls of the policy from being wrapped. */
export function castWarning({ origin }: Policy, clauses: readonly RepeatingClause[]): readonly RelatedPlace[] {
  const isCast = clauses.some(({ expression, calls }) => calls.some((each) => isCastBehindTest(expression, each)));
  if (!isCast || origin.from !== 'statement') return [];
  const note =
    'a subselect around the call runs before the tests beside it, and its cast then fails (22P02) with what they keep away: let the function take text and cast it itself, where it fits';
  return [{ note, at: origin.at }];
}

/** Where the policy stands that keeps calls of another from being wrapped. */
export function wrappingWarning(broken: Policy | undefined): readonly RelatedPlace[] {
  if (broken?.origin.from !== 'statement') return [];
  const name = quoteIdentifier(broken.name);
  const note = `the policy ${name} reads this table and would fail with 42P17 if the call were wrapped: give it a SECURITY DEFINER function first`;
  return [{ note, at: broken.origin.at }];
}
