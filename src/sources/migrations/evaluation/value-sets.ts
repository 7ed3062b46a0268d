import type { Node } from '@pgsql/types';
import type { Environment } from './environment.ts';
import { evaluate } from './evaluate.ts';
import { Moment, Span } from './moment.ts';
import { isList, UNKNOWN, type Value } from './value.ts';

/** What a function gives that returns a set of values. */
export function valuesOfSet(called: string, args: readonly Node[], env: Environment): readonly Value[] | undefined {
  const [first = UNKNOWN, last = UNKNOWN, step = 1] = args.map((each) => evaluate(each, env));
  if (called === 'unnest') return isList(first) ? first : undefined;
  return called === 'generate_series' ? series(first, last, step) : undefined;
}

/** A longer one is taken for data. */
const LONGEST_SERIES = 1000;

function series(first: Value, last: Value, step: Value): readonly Value[] | undefined {
  const found: Value[] = [];
  if (typeof first === 'number' && typeof last === 'number' && typeof step === 'number' && step > 0) {
    for (let at = first; at <= last && found.length <= LONGEST_SERIES; at += step) found.push(at);
  } else if (first instanceof Moment && last instanceof Moment && step instanceof Span && !step.isBackwards) {
    for (let at: Moment | undefined = first.asTime(); at !== undefined && at.time <= last.time; at = at.plus(step, 1)) {
      if (found.push(at) > LONGEST_SERIES) break;
    }
  } else return undefined;
  return found.length > LONGEST_SERIES ? undefined : found;
}
