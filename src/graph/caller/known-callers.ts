import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import { type Assumption, type ConstantValue, foldValue } from '../binding/questions/constant-value.ts';
import { resultKind } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { certainResult, type Known, meaningsOf } from '../query-shapes/certain-run.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { knownOfNobody, knownOfServiceKey, knownOfUser } from './signed-out.ts';

/** Who runs a statement: with the service key, signed in, or nobody knows who. */
export type KnownCaller = 'nobody' | 'serviceKey' | 'user' | 'anyone';

/** Calls within calls that are followed. */
const MAX_DEPTH = 3;

/** What else is known of the parts of a body's expressions, and of those of the functions that it calls. */
export type AlsoKnown = (node: Node, binding: Pick<Binding, 'meanings'>, assume: Assumption) => ReturnType<Assumption>;

const nothingKnown = (): Assumption => () => undefined;

/**
 * What is known of whoever runs a body, also by what functions of the user's come to for him: `is_admin()` is false where it finds nobody.
 * @param also of the tables they look into, say
 */
export function knownOfCaller(
  graph: SchemaGraph,
  shape: Pick<RoutineShape, 'expressions'>,
  caller: KnownCaller,
  also: AlsoKnown = () => undefined,
  depth = 0,
): Known {
  const binding = meaningsOf(shape.expressions);
  const ofCaller = { nobody: knownOfNobody, serviceKey: knownOfServiceKey, user: knownOfUser, anyone: nothingKnown }[
    caller
  ](binding);
  return (node, assume) => {
    const ofIt = ofCaller(node);
    const own = ofIt === undefined ? also(node, binding, assume) : ofIt;
    if (own !== undefined) return own;
    const call = fieldsOf(node, 'FuncCall');
    const called = call && depth < MAX_DEPTH ? calledFunction(graph, node, binding) : undefined;
    if (call === undefined || called === undefined || !isUsersOwn(graph, called)) return undefined;
    const { args = [] } = call;
    if (resultKind(called) !== 'value' || graph.isDoubtful(called, ['functions'])) return undefined;
    if (args.some((each) => 'NamedArgExpr' in each)) return undefined;
    const values = args.map((each) => foldValue(each, assume));
    if (called.isStrict && values.includes(null)) return null;
    const given = values.flatMap((value, at) => [
      [`$${at + 1}`, value] as const,
      [called.parameters[at]?.name ?? '', value] as const,
    ]);
    const inner = routineShape(graph, called);
    return certainResult(inner, knownOfCaller(graph, inner, caller, also, depth + 1), new Map(given));
  };
}

/** No row has the value in such a column. */
export function withoutRow(
  graph: SchemaGraph,
  isMeant: (column: EntityOf<'column'>) => boolean,
  value: ConstantValue,
): AlsoKnown {
  return (node, { meanings }, assume) => {
    const isOfNone = equalSides(node).some(([own, other]) => {
      const reference = fieldsOf(own, 'ColumnRef');
      const meaning = reference && meanings.get(reference);
      const column =
        meaning?.kind === 'column' && meaning.column !== undefined ? graph.find(meaning.column) : undefined;
      return column?.kind === 'column' && isMeant(column) && foldValue(other, assume) === value;
    });
    return isOfNone ? false : undefined;
  };
}
