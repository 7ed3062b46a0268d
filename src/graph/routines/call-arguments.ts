import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { isInput, type Parameter } from '../entities/function-entity.ts';
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

/** The parameters that a call gives nothing, which have their default then. */
export function leftOut({ parameters }: EntityOf<'function'>, { args = [] }: FuncCall): readonly Parameter[] {
  const named = new Set(args.map((each) => fieldsOf(each, 'NamedArgExpr')?.name));
  const placed = args.filter((each) => !('NamedArgExpr' in each)).length;
  return parameters.filter(isInput).filter(({ name }, at) => at >= placed && (name === null || !named.has(name)));
}
