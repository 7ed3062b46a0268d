import type { FunctionParameter, Node } from '@pgsql/types';
import type { Parameter } from '../../../graph/entities/function-entity.ts';
import { isInput } from '../../../graph/entities/function-entity.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';

const MODES: ReadonlyMap<string, Parameter['mode']> = new Map([
  ['FUNC_PARAM_OUT', 'out'],
  ['FUNC_PARAM_INOUT', 'inout'],
  ['FUNC_PARAM_VARIADIC', 'variadic'],
  ['FUNC_PARAM_TABLE', 'table'],
]);

/** All parameters of a routine, with their defaults bound. */
export function parametersOf(nodes: readonly Node[] | undefined, context: ReplayContext): readonly Parameter[] {
  const parameters = (nodes ?? []).flatMap((node) => {
    const written = fieldsOf(node, 'FunctionParameter');
    return written === undefined ? [] : [parameterOf(written, context)];
  });
  const inputs = parameters.filter(isInput);
  const first = inputs.findIndex((each) => each.default !== null);
  if (first !== -1 && inputs.slice(first).some((each) => each.default === null && each.mode !== 'variadic'))
    context.refuse('input parameters after one with a default value must also have defaults');
  return parameters;
}

function parameterOf(written: FunctionParameter, context: ReplayContext): Parameter {
  return {
    name: written.name ?? null,
    mode: MODES.get(written.mode ?? '') ?? 'in',
    type: withoutModifiers(context.type(written.argType)),
    default: written.defexpr === undefined ? null : context.expression(written.defexpr),
  };
}

/** Type modifiers of parameters and results are discarded (docs, CREATE FUNCTION, notes). */
export function withoutModifiers(type: TypeRef): TypeRef {
  return type.modifiers.length === 0 ? type : { ...type, modifiers: [] };
}
