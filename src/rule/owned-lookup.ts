import type { EntityOf } from '../graph/entities/index.ts';
import type { PublishedRows } from '../graph/own-rows/published-rows.ts';
import { clauseText } from '../graph/policies/policy-text.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { sameType } from '../graph/types/type-ref.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { fieldsOf } from '../sql/nodes.ts';
import { expressionRange } from '../sql/range.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

/**
 * The policy by which the rows are seen, which then looks only for rows that their owner added. A WITH CHECK that looks for the parent would read the table whose
 * policy looks back, and fail with 42P17.
 * @param tied by which column the client's row is theirs
 */
export function ownedLookup(
  graph: SchemaGraph,
  { parent, policy, owner, lookup }: PublishedRows,
  tied: EntityOf<'column'>,
): Fix | undefined {
  const { using } = policy;
  const { condition, name } = lookup;
  if (using === null || condition === undefined || fieldsOf(condition, 'BoolExpr')?.boolop === 'OR_EXPR')
    return undefined;
  if (name === parent.name.name || owner.type === null || tied.type === null) return undefined;
  if (!sameType(owner.type, tied.type)) return undefined;
  const { start } = expressionRange(condition, ' '.repeat(using.start) + using.text);
  const at = start - using.start;
  const [own, theirs] = [
    [name, tied.name],
    [parent.name.name, owner.name],
  ].map((each) => each.map(quoteIdentifier).join('.'));
  const added = `${own} = ${theirs} and `;
  const written = clauseText(graph, using, {
    text: using.text.slice(0, at) + added + using.text.slice(at),
    placeOf: (offset) => (offset < at ? offset : offset + added.length),
  });
  if (written === undefined) return undefined;
  return {
    title: 'Go only by rows that the owner added',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${parent.name}
  using (${raw(written)});`,
  };
}
