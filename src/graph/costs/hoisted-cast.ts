import type { FuncCall, Node } from '@pgsql/types';
import { stringsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { canonical } from '../binding/canonical.ts';
import type { Call } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';

/**
 * Is the call given a cast of something that a test in its AND looks at first: `topic() like 'room:%' and is_member(split_part(topic(), ':', 2)::uuid)`?
 * Alone in a subselect it costs the planner nothing, so that it runs before all tests, and the cast fails (22P02) with what they would have kept away
 * (seen on a server).
 */
export function isCastBehindTest(expression: BoundExpression, { call }: Call): boolean {
  const cast = castCalls(call).map((each) => canonical(each, expression, String));
  if (cast.length === 0) return false;
  const isIts = (part: Node) => nodesOf(part, 'FuncCall').includes(call);
  const arm = disjuncts(expression.tree).find(isIts);
  // A cast of NULL does not fail.
  const tests = conjuncts(arm).filter((part) => !isIts(part) && !('NullTest' in part));
  return tests.some((part) =>
    nodesOf(part, 'FuncCall').some((each) => cast.includes(canonical({ FuncCall: each }, expression, String))),
  );
}

/** The calls inside the casts of its arguments to a type that not every text is one of. */
function castCalls({ args = [] }: FuncCall): readonly Node[] {
  return args
    .flatMap((each) => nodesOf(each, 'TypeCast'))
    .filter(({ typeName }) => !TEXTS.has(stringsOf(typeName?.names).at(-1) ?? ''))
    .flatMap(({ arg }) => (arg === undefined ? [] : nodesOf(arg, 'FuncCall')))
    .map((each) => ({ FuncCall: each }));
}

const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'name']);
