import type { Node } from '@pgsql/types';
import { innerOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { type Call, callsOf } from '../binding/questions/calls.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { variableOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { argumentsOf } from '../routines/call-arguments.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { constantsBesideCalls } from './asked-values.ts';

type Routine = EntityOf<'function'>;

/** A function of the user's that is run for a policy, and the constants that its result has to be one of. */
export interface AskedRoutine {
  readonly routine: Routine;
  readonly constants: readonly string[];
  /** Nothing is made of its result but whether there is one: `contact_of(user_id) is not null`. */
  readonly isOnlyTested: boolean;
  /** The parameters that hold somebody or something else than the caller, whatever they are called. */
  readonly others: ReadonlySet<string>;
}

/** Of a call that nothing is known of. */
const ALONE = { constants: [], isOnlyTested: false, others: new Set<string>() } as const;

/** The constants beside the call of what an expression is part of, and which of its nodes are surely not the caller. */
export interface Around {
  readonly constants: readonly string[];
  readonly isOther: (node: Node) => boolean;
}

/**
 * The user's functions that an expression calls, and those they call. `has_role(auth.uid(), 'admin') and org_id = my_org()`: the constant stands
 * beside the first call, not beside the second. Where a function asks in its turn (`my_role() in ('admin', 'owner')`), what stands there counts,
 * else what stands beside its own call.
 */
export function calledBy(
  graph: SchemaGraph,
  expression: Bound,
  { constants: outer, isOther }: Around,
  known: CalledSoFar = new Map(),
): readonly AskedRoutine[] {
  const written = constantsBesideCalls(expression);
  const beside = new Map<EntityId, string[]>();
  for (const { kind, target } of expression.references) if (kind === 'function') beside.set(target, []);
  const calls = callsOf(expression);
  for (const { call, function: called } of calls)
    if (called?.id !== undefined) for (const each of written.get(call) ?? []) addTo(beside, called.id, each);
  const tested = new Set(nodesOf(expression.tree, 'NullTest').map(({ arg }) => arg && innerOf(arg)));
  return [...beside].flatMap(([target, constants]) => {
    const own = calls.filter((each) => each.function?.id === target);
    const isOnlyTested = own.length > 0 && own.every(({ call }) => tested.has(call));
    const others = othersGiven(graph, target, own, isOther);
    const asked = { constants: constants.length > 0 ? constants : outer, isOnlyTested, others };
    return calledFrom(graph, target, asked, known);
  });
}

/** What all these calls of a function give somebody or something else than the caller. */
function othersGiven(
  graph: SchemaGraph,
  target: EntityId,
  calls: readonly Call[],
  isOther: Around['isOther'],
): ReadonlySet<string> {
  const routine = graph.find(target);
  const given = routine?.kind === 'function' ? calls.map(({ call }) => argumentsOf(routine, call)) : [];
  const [first, ...more] = given;
  const isGivenOther = (args: ReadonlyMap<string, Node> | undefined, name: string) => {
    const node = args?.get(name);
    return node !== undefined && isOther(node);
  };
  const names = [...(first?.keys() ?? [])].filter((name) => [first, ...more].every((each) => isGivenOther(each, name)));
  return new Set(names);
}

/** Those that have been met, and whether only for a NULL test. */
type CalledSoFar = Map<EntityId, boolean>;

export function calledFrom(
  graph: SchemaGraph,
  target: EntityId,
  { constants, isOnlyTested, others }: Omit<AskedRoutine, 'routine'> = ALONE,
  known: CalledSoFar = new Map(),
): readonly AskedRoutine[] {
  const isKnown = known.get(target) === false || (known.has(target) && isOnlyTested);
  const routine = isKnown ? undefined : graph.find(target);
  if (routine?.kind !== 'function' || !isUsersOwn(graph, routine)) return [];
  known.set(target, isOnlyTested);
  const { expressions } = routineShape(graph, routine);
  const below = expressions.flatMap((each) => {
    const isOther = (node: Node) => others.has(variableOf(node, each) ?? '');
    return calledBy(graph, each, { constants, isOther }, known);
  });
  return [{ routine, constants, isOnlyTested, others }, ...below];
}
