import { foldBoolean } from '../graph/binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../graph/bound-expression.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { alternativesOf, implies } from '../graph/policies/alternatives.ts';
import { bracketed, clauseText } from '../graph/policies/policy-text.ts';
import { conjuncts, testsIn } from '../graph/query-shapes/column-tests.ts';
import type { ColumnTest } from '../graph/query-shapes/query.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

/**
 * The policy with a WITH CHECK that asks what it asks today, and what another clause asks as well. Undefined where one of them cannot be written again
 * with certainty.
 */
export function narrowerCheck(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  asked: BoundExpression,
  title: string,
): Fix | undefined {
  const own = policy.check ?? policy.using;
  if (own === null) return undefined;
  const [kept, added] = [own, asked].map((each) => clauseText(graph, each));
  if (kept === undefined || added === undefined || exclude(own, asked)) return undefined;
  const isEnough = foldBoolean(own.tree) === true || implies(asked, own);
  const text = isEnough ? bracketed(added) : `(${bracketed(kept)} and ${bracketed(added)})`;
  return checkFix(graph, policy, text, title);
}

/**
 * The policy with a WITH CHECK in which one of the alternatives of today's asks for more; by the others rows are let through as
 * before. Undefined where that alternative is none of the top of the clause.
 * @param way the conditions of the alternative
 */
export function narrowerWay(
  graph: SchemaGraph,
  policy: EntityOf<'policy'>,
  way: readonly BoundExpression[],
  asked: readonly BoundExpression[],
  title: string,
): Fix | undefined {
  const own = policy.check ?? policy.using;
  const alternatives = own === null ? [] : alternativesOf(own).map((each) => each.expression);
  const at = alternatives.findIndex(({ tree }) => {
    const parts = conjuncts(tree);
    return parts.length === way.length && parts.every((each) => way.some((one) => one.tree === each));
  });
  const texts = alternatives.map((each) => clauseText(graph, each));
  const added = asked.map((each) => clauseText(graph, each));
  if (at === -1 || [...texts, ...added].includes(undefined)) return undefined;
  const written = texts.map((each = '', index) => {
    const conditions = (index === at ? [each, ...added] : [each]).map((text = '') => bracketed(text));
    return conditions.length === 1 || texts.length === 1 ? conditions.join(' and ') : `(${conditions.join(' and ')})`;
  });
  return checkFix(graph, policy, `(${written.join(' or ')})`, title);
}

function checkFix(graph: SchemaGraph, policy: EntityOf<'policy'>, check: string, title: string): Fix {
  return {
    title,
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  with check ${raw(check)};`,
  };
}

/** Can no row be as both say: `status = 'sent'` of the new row, `status = 'approved'` of the old one? */
function exclude(one: BoundExpression, other: BoundExpression): boolean {
  const wanted = constantsOf(other);
  return constantsOf(one).some((each) =>
    wanted.some(
      ({ column, constants }) => column === each.column && !constants.some((value) => each.constants.includes(value)),
    ),
  );
}

function constantsOf(expression: BoundExpression): readonly ColumnTest[] {
  return conjuncts(expression.tree)
    .flatMap((each) => testsIn(each, expression).map(({ test }) => test))
    .filter(({ kind, constants }) => (kind === 'equal' || kind === 'in') && constants.length > 0);
}
