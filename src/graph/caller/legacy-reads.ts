import type { Node } from '@pgsql/types';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { isNeverTrue } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { derivedFrom } from '../query-shapes/derived-variables.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { eachStatement, leaves, raisesError } from '../query-shapes/pl-statements.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { sourceOf } from './caller-source.ts';
import { asksInstead, isSetSomewhere, type LegacyCall, legacyCall, legacyCalls } from './legacy-settings.ts';

type Routine = EntityOf<'function'>;

/** A read of a setting that nothing sets. */
export interface LegacyRead extends LegacyCall {
  readonly expression: Bound;
}

/** What a body makes of settings that nothing sets. */
export interface LegacyReads {
  readonly reads: readonly LegacyRead[];
  /**
   * `open`: a refusal is never come to; `unkept`: what keeps the row as it was is not either; `refused`: it always is; `strict`: the read itself fails; `passed`: a branch is never taken; `entered`: one always is;
   * `read`: none of these is certain.
   */
  readonly outcome: 'open' | 'unkept' | 'refused' | 'strict' | 'passed' | 'entered' | 'read';
  /** The condition that decides; null for `strict` and `read`. */
  readonly condition: PlExpression | null;
  /** Does the body ask who calls in any other way, itself or by what it calls? */
  readonly asksOtherwise: boolean;
}

/** Undefined where the body asks for the same in a way that there is, or a setting may be set. */
export function legacyReads(graph: SchemaGraph, routine: Routine): LegacyReads | undefined {
  if (!/current_setting/i.test(routine.body?.text ?? '') || !isUsersOwn(graph, routine)) return undefined;
  const shape = routineShape(graph, routine);
  const { block, expressions } = shape;
  const all = expressions.flatMap((expression) =>
    legacyCalls(expression.tree, expression).map((each) => ({ ...each, expression })),
  );
  const reads = all.filter(
    ({ setting }) =>
      !expressions.some((each) => asksInstead(each.tree, each, setting)) && !isSetSomewhere(graph, setting, routine),
  );
  if (reads.length === 0 || reads.length < all.length) return undefined;
  const asksOtherwise =
    !shape.isWhole ||
    expressions.some((each) =>
      anyNode(each.tree, (node) => sourceOf(graph, node, each) !== undefined && !legacyCall(node, each)),
    );
  const isStrict = reads.some((each) => each.isStrict);
  // A handler may put something else in the place of what fails.
  if (isStrict && shape.handlers.length > 0) return undefined;
  if (isStrict)
    return { reads: reads.filter((each) => each.isStrict), outcome: 'strict', condition: null, asksOtherwise };
  const decided = block === null ? undefined : decidedBy(shape, block);
  return { reads, outcome: 'read', condition: null, ...decided, asksOtherwise };
}

type Decided = Pick<LegacyReads, 'outcome' | 'condition'>;

/** The worst that an IF does by it. */
function decidedBy(shape: RoutineShape, block: NonNullable<RoutineShape['block']>): Decided | undefined {
  const binding = new Map(shape.expressions.map((each) => [each.tree, each]));
  const isRead = (node: Node, bound: Pick<Bound, 'meanings'>) => legacyCall(node, bound) !== undefined;
  const derived = derivedFrom(block, shape.expressions, isRead);
  const isDerived = ({ tree }: PlExpression): boolean => {
    const bound = binding.get(tree);
    return bound !== undefined && derived(tree, bound);
  };
  const unset: Assumption = (node) => (shape.expressions.some((each) => isRead(node, each)) ? null : undefined);
  const { reached } = certainRun(shape, unset);
  const worths = new Map(reached.map((each) => [each.statement, each.worthOf]));
  const found: Decided[] = [];
  for (const { statement } of eachStatement([block])) {
    if (statement.kind !== 'if') continue;
    const worthOf = worths.get(statement);
    const assume: Assumption = (node) => ('ColumnRef' in node ? worthOf?.(node) : unset(node));
    const [first] = statement.branches;
    const isNever = statement.branches.every(({ condition }) => isNeverTrue(condition.tree, assume));
    if (first !== undefined && isNever && refuses(statement.else ?? []) && isDerived(first.condition))
      found.push({ outcome: 'refused', condition: first.condition });
    for (const { condition, body } of statement.branches) {
      if (!isDerived(condition)) continue;
      const isRefusal = refuses(body);
      if (isNeverTrue(condition.tree, assume))
        found.push({ outcome: isRefusal ? 'open' : keepsOld(body) ? 'unkept' : 'passed', condition });
      else if (foldBoolean(condition.tree, assume) === true)
        found.push({ outcome: isRefusal ? 'refused' : 'entered', condition });
    }
  }
  return (['open', 'unkept', 'refused', 'passed', 'entered'] as const)
    .map((outcome) => found.find((each) => each.outcome === outcome))
    .find((each) => each !== undefined);
}

/** Does it end in an error? */
function refuses(body: readonly PlStatement[]): boolean {
  return leaves(body) && body.some((each) => raisesError(each));
}

/** `new.role := old.role` */
function keepsOld(body: readonly PlStatement[]): boolean {
  return body.some((each) => {
    if (each.kind !== 'assign') return false;
    const [to, from] = [rowField(each.target.tree), rowField(each.value.tree)];
    return to?.row === 'new' && from?.row === 'old' && to.name === from.name;
  });
}

/** What a policy's clause, a default or the query of a view makes of it. */
export interface LegacyExpression {
  readonly calls: readonly LegacyCall[];
  /** What it comes to, for every row and caller: NULL or false is `never`. */
  readonly outcome: 'always' | 'never' | 'strict' | 'read';
  /** It is about the service key: `= 'service_role'`. */
  readonly isForServiceRole: boolean;
}

/** Undefined where anything else that is asked of who calls stands in it, or a setting may be set. */
export function legacyExpression(
  graph: SchemaGraph,
  expression: BoundExpression,
  holder: EntityOf<'policy' | 'view' | 'column'>,
): LegacyExpression | undefined {
  const { tree } = expression;
  const calls = legacyCalls(tree, expression);
  if (calls.length === 0 || calls.some(({ setting }) => isSetSomewhere(graph, setting, holder))) return undefined;
  const isOther = (node: Node) => sourceOf(graph, node, expression) !== undefined && !legacyCall(node, expression);
  if (calls.some(({ setting }) => asksInstead(tree, expression, setting))) return undefined;
  const isForServiceRole = anyNode(tree, (node) => 'A_Const' in node && constantOf(node) === 'service_role');
  const assume: Assumption = (node) => (legacyCall(node, expression) === undefined ? undefined : null);
  const strict = calls.filter((each) => each.isStrict);
  if (strict.length > 0) return { calls: strict, outcome: 'strict', isForServiceRole };
  if (foldBoolean(tree, assume) === true) return { calls, outcome: 'always', isForServiceRole };
  if (anyNode(tree, isOther)) return undefined;
  return { calls, outcome: isNeverTrue(tree, assume) ? 'never' : 'read', isForServiceRole };
}
