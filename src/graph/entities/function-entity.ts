import type { SourceLocation } from '../../sql/location.ts';
import type { QualifiedName } from '../../sql/name.ts';
import type { RoutineSignature } from '../../sql/plpgsql/compile-error.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { type Dependency, type EntityBase, usedBy, usedType } from './entity-base.ts';

export interface Parameter {
  readonly name: string | null;
  readonly mode: 'in' | 'out' | 'inout' | 'variadic' | 'table';
  readonly type: TypeRef;
  readonly default: BoundExpression | null;
}

export interface FunctionBody {
  /** prosrc: the text between the quotes, unescaped; for a SQL-standard body the text as written or as pg_get_functiondef prints it. */
  readonly text: string;
  /** Where the body text begins and ends in the file, inside its quotes; absent from a catalog. */
  readonly at?: SourceLocation;
  /** How it is quoted: in `dollar` and `none` text offsets are file offsets; in `single` quotes are doubled, escapes possible. */
  readonly quoting: 'dollar' | 'single' | 'none';
  /** SQL-standard bodies (BEGIN ATOMIC, RETURN): the statements (of RETURN the expression), bound when the function is made. */
  readonly atomic: readonly BoundExpression[] | null;
}

/** A function, procedure, aggregate or window function (pg_proc). */
export interface FunctionEntity extends EntityBase<'function'> {
  readonly name: QualifiedName;
  readonly routine: 'function' | 'procedure' | 'aggregate' | 'window';
  /** All parameters, OUT and TABLE columns too. */
  readonly parameters: readonly Parameter[];
  /** Null for procedures. */
  readonly returns: TypeRef | null;
  readonly returnsSet: boolean;
  readonly language: string;
  readonly security: 'definer' | 'invoker';
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly isStrict: boolean;
  readonly isLeakproof: boolean;
  readonly parallel: 'safe' | 'restricted' | 'unsafe';
  /** SET name = value clauses, names in lower case, in the order of proconfig. Values as proconfig holds them. */
  readonly config: readonly { readonly name: string; readonly value: string }[];
  /** Null for aggregates and C functions. */
  readonly body: FunctionBody | null;
  readonly owner: EntityId;
  readonly acl: Acl;
}

export function functionDependencies(fn: FunctionEntity): Dependency[] {
  return [
    ...fn.parameters.flatMap((parameter) => [...usedType(parameter.type), ...usedBy(parameter.default)]),
    ...usedType(fn.returns),
    ...(fn.body?.atomic ?? []).flatMap((each) => usedBy(each)),
  ];
}

/** The types that identify an overload: IN, INOUT and VARIADIC, in order (pg_proc.proargtypes). */
export function inputTypes(fn: FunctionEntity): readonly TypeRef[] {
  return fn.parameters.filter(isInput).map((each) => each.type);
}

/** What a call gives. */
export function isInput({ mode }: Parameter): boolean {
  return mode !== 'out' && mode !== 'table';
}

/** What RETURN and the result's columns are about: OUT, INOUT and the columns of RETURNS TABLE. */
export function isOutput({ mode }: Parameter): boolean {
  return mode === 'out' || mode === 'inout' || mode === 'table';
}

/** How a routine gives what it gives, and so which RETURN it may and must have (docs 41.6.1); `output`: by OUT parameters. */
export function resultKind({
  routine,
  parameters,
  returns,
  returnsSet,
}: Pick<FunctionEntity, 'routine' | 'parameters' | 'returns' | 'returnsSet'>): RoutineSignature['result'] {
  const hasOutputs = parameters.some(isOutput);
  if (returnsSet) return hasOutputs ? 'table' : 'set';
  if (hasOutputs) return 'output';
  if (routine === 'procedure') return 'procedure';
  const { schema, name } = returns?.name ?? { schema: '', name: '' };
  if (schema !== 'pg_catalog') return 'value';
  return name === 'trigger' ? 'trigger' : name === 'void' || name === 'event_trigger' ? 'void' : 'value';
}

/** Does a call give more than yes or no? */
export function givesValues(
  routine: Pick<FunctionEntity, 'routine' | 'parameters' | 'returns' | 'returnsSet'>,
): boolean {
  const kind = resultKind(routine);
  return kind !== 'void' && !(kind === 'value' && routine.returns?.name.name === 'bool');
}
