import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

/** The function of the graph that a call means; undefined for a built-in one, one that is not known, and what is no call. */
export function calledFunction(
  graph: SchemaGraph,
  node: Node | undefined,
  { meanings }: Pick<Binding, 'meanings'>,
): EntityOf<'function'> | undefined {
  const call = fieldsOf(node, 'FuncCall');
  const meaning = call && meanings.get(call);
  const id = meaning?.kind === 'call' ? meaning.function.id : undefined;
  const called = id === undefined ? undefined : graph.find(id);
  return called?.kind === 'function' ? called : undefined;
}

/** Does the expression call a function of the user's, or one that is not known? */
export const callsUsersFunction = askedOnce((graph: SchemaGraph, expression: BoundExpression): boolean =>
  nodesOf(expression.tree, 'FuncCall').some((call) => {
    const called = calledFunction(graph, { FuncCall: call }, expression);
    return expression.meanings.get(call) === undefined || (called !== undefined && isUsersOwn(graph, called));
  }),
);
