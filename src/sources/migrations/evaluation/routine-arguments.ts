import type { FuncCall, Node } from '@pgsql/types';
import { inputTypes, isInput } from '../../../graph/entities/function-entity.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { isSameTypes } from '../routine/find-routine.ts';
import { Environment } from './environment.ts';
import { evaluate, timeAs } from './evaluate.ts';
import { UNKNOWN, type Value } from './value.ts';

type Routine = EntityOf<'function'>;

/**
 * The routines that a call may mean: those that take as many arguments, and those of these names; of one signature the first on the
 * search_path. Which of several is meant, the types of the arguments tell.
 */
export function calledRoutines(call: FuncCall, context: ReplayContext): readonly Routine[] {
  const { schema, name } = context.nameOf(call.funcname);
  const fitting = context.names.functionEntities(schema, name).filter((each) => takes(each, call.args ?? []));
  return fitting.filter(
    (each, at) => fitting.findIndex((other) => isSameTypes(inputTypes(each), inputTypes(other))) === at,
  );
}

function takes(routine: Routine, args: readonly Node[]): boolean {
  const taken = parametersOf(routine);
  const names = args.flatMap((each) => fieldsOf(each, 'NamedArgExpr')?.name ?? []);
  if (!names.every((name) => taken.some((each) => each.name === name))) return false;
  const defaults = taken.filter((each) => each.default !== null).length;
  const isVariadic = taken.some((each) => each.mode === 'variadic');
  return isVariadic || (args.length <= taken.length && args.length >= taken.length - defaults);
}

/** What a call gives a value: CALL names OUT parameters, too. */
function parametersOf({ routine, parameters }: Routine): Routine['parameters'] {
  return routine === 'procedure' ? parameters : parameters.filter(isInput);
}

/** Is the body one that the files give as text, so that it can be followed? */
export function isFollowed({ origin, body }: Routine): boolean {
  return origin.from !== 'platform' && body !== null && body.atomic === null;
}

/**
 * What the parameters of a routine hold in its body, by their names and as `$1`.
 * @param values of the arguments of the call, in their order
 */
export function argumentsOf(
  routine: Routine,
  { args = [] }: FuncCall,
  values: readonly Value[],
  context: ReplayContext,
): Map<string, Value> {
  const variables = new Map<string, Value>();
  const defaults = new Environment(context);
  for (const [at, { name, mode, type, default: otherwise }] of parametersOf(routine).entries()) {
    const named = name === null ? -1 : args.findIndex((each) => fieldsOf(each, 'NamedArgExpr')?.name === name);
    const given = named !== -1 ? named : args[at] !== undefined && !('NamedArgExpr' in args[at]) ? at : undefined;
    const value = given === undefined ? evaluate(otherwise?.tree, defaults) : values[given];
    const held =
      mode === 'variadic' || value === undefined
        ? UNKNOWN
        : mode === 'out'
          ? null
          : timeAs(type.name.name, value, defaults);
    variables.set(`$${at + 1}`, held);
    if (name !== null) variables.set(name, held);
  }
  return variables;
}
