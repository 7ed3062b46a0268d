import { andList } from './prose.ts';
import type { ToldOfHelper } from './repeated-calls.ts';
import { SEVERITIES, type Severity } from './severity.ts';

/** What is told of one policy, with how bad that is. */
export type Graded = ToldOfHelper & { readonly severity: Severity };

const KINDS: readonly Graded['message'][] = ['outer', 'inner', 'indexed', 'searched', 'written'];

export function worstFirst(told: readonly Graded[]): readonly Graded[] {
  const rank = ({ severity, message }: Graded) => SEVERITIES.indexOf(severity) * KINDS.length + KINDS.indexOf(message);
  return [...told].sort((a, b) => rank(a) - rank(b));
}

/** One finding of what several policies do alike, at the worst of them: the values of its message, and the fixes of all. */
export function habitOf(first: Graded, others: readonly Graded[]) {
  const all = [first, ...others];
  const milder = others.filter((each) => each.severity !== first.severity || each.message !== first.message).length;
  const only = first.message === 'outer' && all.every((each) => onlyOf(each) === onlyOf(first)) ? onlyOf(first) : '';
  return {
    origin: first.entity.origin,
    data: {
      calls: first.data.calls,
      run: first.data.runs,
      rows: `${ROWS[first.message]}${only}`,
      count: all.length,
      policies: andList(
        all.map(({ data }) => `${data.policy} on ${data.table}`),
        MOST_SHOWN,
      ),
      milder:
        milder === 0 ? '' : ` In ${milder} of them that costs less: few rows are looked at, or an index finds them.`,
    },
    severity: first.severity,
    discriminator: first.data.calls,
    related: [
      ...others.flatMap(({ entity: { origin }, data }) =>
        origin.from === 'statement' ? [{ note: `${data.policy} on ${data.table} as well`, at: origin.at }] : [],
      ),
      // Of a function that keeps all of them from being wrapped once.
      ...new Map(all.flatMap((each) => each.related).map((place) => [place.note, place])).values(),
    ],
    fixes: all.flatMap(({ entity, fix, mendedWith }) =>
      fix === undefined ? [] : [{ of: entity, fix, ...(mendedWith === undefined ? {} : { mendedWith }) }],
    ),
  };
}

const MOST_SHOWN = 6;

/** For which rows alone. */
function onlyOf(told: Graded): string {
  return told.message === 'outer' ? told.data.only : '';
}

const ROWS: Readonly<Record<Graded['message'], string>> = {
  outer: 'that is looked at, with the same result each time',
  indexed: 'that is looked at, but where an index finds the rows',
  inner: 'that a subselect reads, with the same result each time',
  searched: 'that a subselect reads, but where an index finds the rows',
  written: 'that is written',
};
