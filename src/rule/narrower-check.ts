import { foldBoolean } from '../graph/binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import { asksCaller } from '../graph/caller/caller-source.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { namesNothingOfRow } from '../graph/own-column.ts';
import { alternativesOf, implies } from '../graph/policies/alternatives.ts';
import { exclude } from '../graph/policies/opposed-conditions.ts';
import { conditionsOf, waysOf } from '../graph/policies/policy-clauses.ts';
import { bracketed, clauseText } from '../graph/policies/policy-text.ts';
import { conjuncts } from '../graph/query-shapes/column-tests.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { typeClass } from '../graph/types/type-class.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

/**
 * The policy with a WITH CHECK that asks what it asks today, and what another clause asks as well, but for conditions that no row meets
 * which passes today's (`claimed_by IS NULL` of the old row, `claimed_by = auth.uid()` of the new one). Undefined where one of them cannot
 * be written again with certainty.
 */
export function narrowerCheck(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  asked: BoundExpression,
  title: string,
): Fix | undefined {
  const own = policy.check ?? policy.using;
  if (own === null) return undefined;
  const conditions = conditionsOf(asked);
  const possible = conditions.filter((each) => !exclude(own, each));
  if (possible.length === 0) return undefined;
  const isWhole = possible.length === conditions.length;
  const isEnough = isWhole && (foldBoolean(own.tree) === true || implies(asked, own));
  const texts = [...(isEnough ? [] : [own]), ...(isWhole ? [asked] : possible)].map((each) => clauseText(graph, each));
  if (texts.includes(undefined)) return undefined;
  const written = texts.map((each = '') => bracketed(each));
  return checkFix(graph, policy, written.length === 1 ? written.join('') : `(${written.join(' and ')})`, title);
}

/** USING asks who calls, WITH CHECK asks nothing, and was hardly meant to: none of another sort, nor of several policies. */
export function usingAsCheck(graph: SchemaGraph, policies: readonly EntityOf<'policy'>[]): Fix | undefined {
  const [policy] = policies;
  if (policies.length > 1 || policy?.command !== 'all' || policy.using === null || policy.check === null)
    return undefined;
  if (!asksCaller(graph, policy.using.tree, policy.using)) return undefined;
  return narrowerCheck(graph, policy, policy.using, 'Ask of a new row what USING asks of one that is there');
}

/** Of a policy for UPDATE alone: WITH CHECK asks of what a row becomes that it is the caller's, and USING asks nothing of what it was. */
export function takesOver(graph: SchemaGraph, policies: readonly EntityOf<'policy'>[]): boolean {
  const [policy] = policies;
  if (policies.length > 1 || policy?.command !== 'update' || policy.check === null) return false;
  const ways = waysOf(policy.check) ?? [conditionsOf(policy.check)];
  return ways.flat().some((each) => asksCaller(graph, each.tree, each) && !namesNothingOfRow(each));
}

/** The policy that asks of a row that is there what it asks of one that is written. */
export function checkAsUsing(graph: SchemaGraph, { check, name, table }: EntityOf<'policy'>): Fix | undefined {
  const text = check === null ? undefined : clauseText(graph, check);
  if (text === undefined) return undefined;
  return {
    title:
      'Ask of a row that is there what WITH CHECK asks of it afterwards (not where rows are there to be taken over)',
    safety: 'review',
    sql: sql`alter policy ${name} on ${graph.get('table', table).name}\n  using ${raw(bracketed(text))};`,
  };
}

/**
 * The policy with a WITH CHECK in which some of the alternatives of today's ask for more; by the others rows are let through as
 * before. Undefined where one of these alternatives is none of the top of the clause.
 * @param ways the conditions of each of them
 * @param asked as text; undefined for what cannot be written
 */
export function narrowerWays(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  ways: readonly Way[],
  asked: readonly (string | undefined)[],
  title: string,
): Fix | undefined {
  const { texts, places } = alternativesAround(graph, policy, ways);
  if (places.has(-1) || [...texts, ...asked].includes(undefined)) return undefined;
  const written = texts.map((each = '', index) => {
    const conditions = (places.has(index) ? [each, ...asked] : [each]).map((text = '') => bracketed(text));
    return conditions.length === 1 || texts.length === 1 ? conditions.join(' and ') : `(${conditions.join(' and ')})`;
  });
  return checkFix(graph, policy, `(${written.join(' or ')})`, title);
}

/**
 * That the column is the caller's id, as text.
 * @param tie as another clause has it
 */
export function ownText(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  tie: BoundExpression | undefined,
): string | undefined {
  if (tie !== undefined) return clauseText(graph, tie);
  return typeClass(graph, column.type) === 'uuid' ? sql`${column.name} = (select auth.uid())` : undefined;
}

/** The policy with a WITH CHECK without these alternatives; undefined where there are no others. */
export function withoutWays(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  ways: readonly Way[],
  title: string,
): Fix | undefined {
  const { texts, places } = alternativesAround(graph, policy, ways);
  if (places.has(-1) || texts.length === places.size || texts.includes(undefined)) return undefined;
  const kept = texts.filter((_, index) => !places.has(index)).map((each = '') => bracketed(each));
  return checkFix(graph, policy, kept.length === 1 ? kept.join('') : `(${kept.join(' or ')})`, title);
}

/** What OR connects at the top of today's WITH CHECK, and where among it the ways stand; -1 for one that is none of it. */
function alternativesAround(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  ways: readonly Way[],
): { readonly texts: readonly (string | undefined)[]; readonly places: ReadonlySet<number> } {
  const own = policy.check ?? policy.using;
  const alternatives = own === null ? [] : alternativesOf(own).map((each) => each.expression);
  const placeOf = (way: Way) =>
    alternatives.findIndex(({ tree }) => {
      const parts = conjuncts(tree);
      return parts.length === way.length && parts.every((each) => way.some((one) => one.tree === each));
    });
  return { texts: alternatives.map((each) => clauseText(graph, each)), places: new Set(ways.map(placeOf)) };
}

/** The conditions that have to hold together for one of the alternatives. */
type Way = readonly BoundExpression[];

function checkFix(graph: SchemaGraph, policy: EntityOf<'policy'>, check: string, title: string): Fix {
  return {
    title,
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  with check ${raw(check)};`,
  };
}
