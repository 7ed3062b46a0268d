import { relatedAt } from './finding.ts';
import { type Habit, habitsOf } from './habit.ts';
import { andList, orList } from './prose.ts';
import { MILDER, type ToldOfHelper } from './repeated-calls.ts';
import { SEVERITIES, type Severity } from './severity.ts';

/** What is told of one policy, with how bad that is. */
export type Graded = ToldOfHelper & { readonly severity: Severity };

/**
 * What policies do by themselves, and what several do alike, as one finding at the worst of them.
 * @param from a rule's option, as of `isHabit`
 * @param habitBy what is alike; undefined of a policy that stands for itself
 */
export function foldedHabits(told: readonly Graded[], from: number, habitBy: (told: Graded) => string | undefined) {
  const { alone, habits } = habitsOf(told, from, habitBy);
  return { alone, habits: habits.map(habitOf) };
}

const KINDS: readonly Graded['message'][] = ['outer', 'inner', 'indexed', 'searched', 'written'];

function worstFirst(told: Habit<Graded>): Habit<Graded> {
  const rank = ({ severity, message }: Graded) => SEVERITIES.indexOf(severity) * KINDS.length + KINDS.indexOf(message);
  const [first = told[0], ...others] = [...told].sort((a, b) => rank(a) - rank(b));
  return [first, ...others];
}

/** The values of the message, and the fixes of all. */
function habitOf(told: Habit<Graded>) {
  const all = worstFirst(told);
  const [first, ...others] = all;
  const worst = all.filter(({ severity, message }) => severity === first.severity && message === first.message);
  const only = onlyOf(worst);
  const isOfAll = worst.length === all.length || textsOf(all).size === 1;
  return {
    entity: first.entity,
    message: 'habit',
    functions: first.functions,
    origin: first.entity.origin,
    data: {
      calls: first.data.calls,
      run: first.data.runs,
      rows: `${ROWS[first.message]}${isOfAll ? only : ''}`,
      count: all.length,
      policies: policiesOfHabit(all.map(({ data }) => `${data.policy} on ${data.table}`)),
      milder: milderText(worst.length, all.length - worst.length, isOfAll ? '' : only),
    },
    severity: first.severity,
    discriminator: first.data.calls,
    related: [
      ...others.flatMap(({ entity, data }) => relatedAt(entity, `${data.policy} on ${data.table} as well`)),
      // Of a function that keeps all of them from being wrapped once.
      ...new Map(all.flatMap((each) => each.related).map((place) => [place.note, place])).values(),
    ],
    fixes: all.flatMap(({ entity, fix, mendedWith }) =>
      fix === undefined ? [] : [{ of: entity, fix, ...(mendedWith === undefined ? {} : { mendedWith }) }],
    ),
  } as const;
}

/** The policies of a habit as a message names them. */
export function policiesOfHabit(places: readonly string[]): string {
  return andList(places, MOST_SHOWN);
}

const MOST_SHOWN = 6;

/** Why the worst, which come first, are milder than such calls are, and that the others are milder still. */
function milderText(worst: number, others: number, only: string): string {
  if (others === 0) return '';
  const few = 'few rows are looked at, or an index finds them.';
  if (!only.endsWith(MILDER)) return ` In ${others} of them that costs less: ${few}`;
  const first = worst === 1 ? 'The first of them' : `The first ${worst} of them`;
  const reason = only.replace(/^, (?:but|and) /, '');
  return ` ${first}: ${reason}. In the other${others === 1 ? '' : ` ${others}`} that costs less still: ${few}`;
}

function textsOf(told: readonly Graded[]): ReadonlySet<string> {
  return new Set(told.map(({ data }) => ('only' in data ? data.only : '')));
}

/** For which rows alone, and why that is milder, where all say so. */
function onlyOf(told: readonly Graded[]): string {
  const texts = textsOf(told);
  const [only = '', another] = texts;
  if (another === undefined) return only;
  if (![...texts].every((each) => each.endsWith(MILDER))) return '';
  const commands = new Set(told.map(({ entity }) => entity.command));
  if (commands.has('select') || commands.has('all'))
    return `, but only for some of the rows, or for few people${MILDER}`;
  const statements = orList([...commands].map((each) => `${each === 'delete' ? 'a' : 'an'} ${each.toUpperCase()}`));
  return `, but ${statements} mostly touches few rows${MILDER}`;
}

const ROWS: Readonly<Record<Graded['message'], string>> = {
  outer: 'that is looked at, with the same result each time',
  indexed: 'that is looked at, but where an index finds the rows',
  inner: 'that a subselect reads, with the same result each time',
  searched: 'that a subselect reads, but where an index finds the rows',
  written: 'that is written',
};
