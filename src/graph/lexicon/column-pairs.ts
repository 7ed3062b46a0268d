import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isMoment, typeClass } from '../types/type-class.ts';
import { wordsOf } from './words.ts';

type Column = EntityOf<'column'>;

/** A span of time in two columns of one type. */
export interface TimeSpan {
  readonly start: Column;
  readonly end: Column;
}

/** Beginning and end in one word each, all else in the names being equal. A rule takes it as the default of an option. */
export const SPAN_WORDS: readonly string[] = [
  ...['start:end', 'starts:ends', 'started:ended', 'started:completed', 'started:finished', 'started:stopped'],
  ...[
    'starting:ending',
    'begin:end',
    'begins:ends',
    'began:ended',
    'begun:ended',
    'from:to',
    'from:until',
    'from:till',
  ],
  ...['from:through', 'since:until', 'open:close', 'opens:closes', 'opened:closed', 'opening:closing', 'in:out'],
];

/** `in` and `out` alone say nothing. */
const IN_AND_OUT = new Set(['check', 'checked', 'clock', 'clocked', 'punch', 'sign', 'signed']);

/**
 * The pairs of date, time or timestamp columns that tell when something begins and ends, each beginning with the first end
 * found for it in the order of `words`.
 * @param words `beginning:end`
 */
export function timeSpans(
  graph: SchemaGraph,
  relation: EntityId,
  words: readonly string[] = SPAN_WORDS,
): readonly TimeSpan[] {
  const columns = graph.columns(relation).flatMap((column) => {
    const kind = typeClass(graph, column.type);
    const isTime = kind === 'timestamp' || kind === 'timestamptz' || kind === 'date' || kind === 'time';
    return isTime ? [{ column, kind, words: wordsOf(column.name) }] : [];
  });
  return columns.flatMap((start) => {
    for (const pair of words) {
      const [from = '', to = ''] = pair.split(':');
      const at = start.words.indexOf(from);
      if (at === -1 || (from === 'in' && !IN_AND_OUT.has(start.words[at - 1] ?? ''))) continue;
      const wanted = start.words.toSpliced(at, 1, to).join('_');
      const end = columns.find((each) => each.kind === start.kind && each.words.join('_') === wanted);
      if (end !== undefined) return [{ start: start.column, end: end.column }];
    }
    return [];
  });
}

/** One fact told twice: `is_published` and `published_at`. */
export interface FlaggedTime {
  readonly flag: Column;
  readonly time: Column;
}

/** Boolean columns `is_x` or `x` that have a timestamp or date `x_at`, `x_on` or `x_date` beside them. */
export function flaggedTimes(graph: SchemaGraph, relation: EntityId): readonly FlaggedTime[] {
  const columns = graph.columns(relation);
  const times = columns.filter((each) => isMoment(graph, each.type));
  return columns.flatMap((flag) => {
    if (typeClass(graph, flag.type) !== 'boolean') return [];
    const words = wordsOf(flag.name);
    const fact = (words[0] === 'is' || words[0] === 'was' ? words.slice(1) : words).join('_');
    const time = times.find((each) => timedFact(each.name) === fact && fact !== '');
    return time === undefined ? [] : [{ flag, time }];
  });
}

function timedFact(name: string): string | undefined {
  const words = wordsOf(name);
  return /^(?:at|on|date)$/.test(words.at(-1) ?? '') ? words.slice(0, -1).join('_') : undefined;
}
