import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { type BoundExpression, boundPart } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { eachStatement, ownExpressions, raisesError } from '../query-shapes/pl-statements.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Routine = EntityOf<'function'>;

/** A row without which a function goes no further. */
export interface RefusalBefore {
  /** The `exists (…)` that has to be true. */
  readonly asked: BoundExpression;
  readonly at: SourceLocation;
}

/** What refuses each call before it comes to a write: at the beginning of the body, outside of branches. */
export function refusalsBefore(graph: SchemaGraph, routine: Routine, query: Query): readonly RefusalBefore[] {
  const { block, expressions } = routineShape(graph, routine);
  if (block === null) return [];
  const tree = expressions.find((each) => each === query.binding)?.tree;
  const at = block.body.findIndex((each) =>
    [...eachStatement([each])].some(({ statement }) => ownExpressions(statement).some((one) => one.tree === tree)),
  );
  return block.body.slice(0, Math.max(at, 0)).flatMap((statement): readonly RefusalBefore[] => {
    const [branch, ...more] = statement.kind === 'if' ? statement.branches : [];
    if (branch === undefined || more.length > 0 || !branch.body.some(raisesError)) return [];
    const bound = expressions.find((each) => each.tree === branch.condition.tree);
    const asked = bound && existenceDenied(bound);
    return asked === undefined ? [] : [{ asked, at: branch.condition.at }];
  });
}

/** The `exists (…)` of `not exists (…)`. */
function existenceDenied(bound: BoundExpression): BoundExpression | undefined {
  const { boolop, args } = fieldsOf(bound.tree, 'BoolExpr') ?? {};
  const [inner]: readonly Node[] = boolop === 'NOT_EXPR' ? (args ?? []) : [];
  return fieldsOf(inner, 'SubLink')?.subLinkType === 'EXISTS_SUBLINK' && inner !== undefined
    ? boundPart(bound, inner)
    : undefined;
}
