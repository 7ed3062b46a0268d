import type { FuncCall, Node } from '@pgsql/types';
import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';

/** What a call gives each parameter, by its name and its number (`$1`); undefined where it cannot be told which is which. */
export function argumentsOf(
  { parameters }: EntityOf<'function'>,
  { args = [] }: FuncCall,
): ReadonlyMap<string, Node> | undefined {
  const inputs = parameters.filter(isInput);
  const isPlain = args.length === inputs.length && inputs.every(({ mode }) => mode === 'in');
  if (!isPlain || args.some((each) => 'NamedArgExpr' in each)) return undefined;
  return new Map(
    inputs.flatMap(({ name }, at) => {
      const given = args[at];
      if (given === undefined) return [];
      return [`$${at + 1}`, ...(name === null ? [] : [name])].map((each) => [each, given] as const);
    }),
  );
}
