import type { DefElem, Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { defBoolean, defElems } from '../../../sql/def-elem.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';

export type SequenceFacts = Pick<
  EntityOf<'sequence'>,
  'dataType' | 'start' | 'increment' | 'minimum' | 'maximum' | 'cache' | 'cycles'
>;
export type SequenceType = SequenceFacts['dataType'];

const BITS: Readonly<Record<SequenceType, bigint>> = { smallint: 16n, integer: 32n, bigint: 64n };
const TYPES: ReadonlyMap<string, SequenceType> = new Map([
  ['int2', 'smallint'],
  ['int4', 'integer'],
  ['int8', 'bigint'],
]);

/** The sequence type of an integer type's catalog name. */
export function sequenceType(typeName: string): SequenceType | undefined {
  return TYPES.get(typeName);
}

/**
 * What the options of CREATE or ALTER SEQUENCE make of a sequence: init_params() of src/backend/commands/sequence.c.
 * @param before the sequence to be altered, null for a new one
 */
export function sequenceFacts(
  options: readonly Node[] | undefined,
  before: SequenceFacts | null,
  context: ReplayContext,
): SequenceFacts {
  const given = new Map(defElems(options).map((each) => [each.defname ?? '', each]));
  const dataType = dataTypeOf(given.get('as'), context) ?? before?.dataType ?? 'bigint';
  const highest = (1n << (BITS[dataType] - 1n)) - 1n;
  const increment = number(given.get('increment')) ?? BigInt(before?.increment ?? 1);
  if (increment === 0n) context.refuse('INCREMENT must not be zero', given.get('increment')?.location);
  const oldHighest = before === null ? null : (1n << (BITS[before.dataType] - 1n)) - 1n;
  const resetsMaximum = given.has('as') && before !== null && BigInt(before.maximum) === oldHighest;
  const resetsMinimum = given.has('as') && before !== null && BigInt(before.minimum) === -(oldHighest ?? 0n) - 1n;
  let maximum = number(given.get('maxvalue')) ?? BigInt(before?.maximum ?? 0);
  if (number(given.get('maxvalue')) === undefined && (before === null || given.has('maxvalue') || resetsMaximum))
    maximum = increment > 0n || resetsMaximum ? highest : -1n;
  let minimum = number(given.get('minvalue')) ?? BigInt(before?.minimum ?? 0);
  if (number(given.get('minvalue')) === undefined && (before === null || given.has('minvalue') || resetsMinimum))
    minimum = increment < 0n || resetsMinimum ? -highest - 1n : 1n;
  const start = number(given.get('start')) ?? BigInt(before?.start ?? (increment > 0n ? minimum : maximum));
  const cache = number(given.get('cache')) ?? BigInt(before?.cache ?? 1);
  const problem = contradiction({ dataType, highest, minimum, maximum, start, cache });
  if (problem !== undefined) context.refuse(problem);
  return {
    dataType,
    start: String(start),
    increment: String(increment),
    minimum: String(minimum),
    maximum: String(maximum),
    cache: String(cache),
    cycles: given.has('cycle') ? defBoolean(given.get('cycle') ?? {}) === true : (before?.cycles ?? false),
  };
}

interface Limits {
  readonly dataType: SequenceType;
  readonly highest: bigint;
  readonly minimum: bigint;
  readonly maximum: bigint;
  readonly start: bigint;
  readonly cache: bigint;
}

function contradiction({ dataType, highest, minimum, maximum, start, cache }: Limits): string | undefined {
  const isOutside = (value: bigint): boolean => value > highest || value < -highest - 1n;
  if (isOutside(maximum)) return `MAXVALUE (${maximum}) is out of range for sequence data type ${dataType}`;
  if (isOutside(minimum)) return `MINVALUE (${minimum}) is out of range for sequence data type ${dataType}`;
  if (minimum >= maximum) return `MINVALUE (${minimum}) must be less than MAXVALUE (${maximum})`;
  if (start < minimum) return `START value (${start}) cannot be less than MINVALUE (${minimum})`;
  if (start > maximum) return `START value (${start}) cannot be greater than MAXVALUE (${maximum})`;
  return cache <= 0n ? `CACHE (${cache}) must be greater than zero` : undefined;
}

function dataTypeOf(option: DefElem | undefined, context: ReplayContext): SequenceType | undefined {
  const typeName = fieldsOf(option?.arg, 'TypeName');
  if (typeName === undefined) return undefined;
  const found = TYPES.get(stringsOf(typeName.names).at(-1) ?? '');
  return found ?? context.refuse('sequence type must be smallint, integer, or bigint', typeName.location);
}

function number(option: DefElem | undefined): bigint | undefined {
  const integer = fieldsOf(option?.arg, 'Integer');
  if (integer) return BigInt(integer.ival ?? 0);
  const wide = fieldsOf(option?.arg, 'Float')?.fval;
  return wide !== undefined && /^[+-]?\d+$/.test(wide) ? BigInt(wide) : undefined;
}

/** The facts of a sequence of that type without options. */
export function newSequenceFacts(dataType: SequenceType, context: ReplayContext): SequenceFacts {
  return sequenceFacts([asType(dataType)], null, context);
}

const INTERNAL: Readonly<Record<SequenceType, string>> = { smallint: 'int2', integer: 'int4', bigint: 'int8' };

/** AS type, as the grammar gives it. */
export function asType(dataType: SequenceType): Node {
  return { DefElem: { defname: 'as', arg: { TypeName: { names: [{ String: { sval: INTERNAL[dataType] } }] } } } };
}
