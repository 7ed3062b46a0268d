import type { EntityId } from '../entity-id.ts';
import type { FlaggedTime } from '../lexicon/column-pairs.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { NULL, type Query, type SetColumn, type Write } from '../query-shapes/query.ts';
import { type HeldWrite, writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A write that sets one of the two and leaves the other, so that rows may come out of it in which they differ. */
export interface HalfToldWrite {
  readonly holder: HeldWrite['holder'];
  readonly query: Query;
  readonly sets: 'flag' | 'time';
}

/** Whether a column tells the fact: `undefined` where that is not known. */
type Told = boolean | undefined;

/**
 * The writes of routines and rules behind which a row may have the flag without the time, or the time without the flag.
 * @param mayOutlive the time may stay where the flag is taken back
 */
export function halfToldWrites(graph: SchemaGraph, pair: FlaggedTime, mayOutlive: boolean): readonly HalfToldWrite[] {
  return writesTo(graph, pair.flag.relation).flatMap(({ holder, query, write }) => {
    const ways = [
      { sets: write.sets, isNew: write.kind === 'insert' },
      { sets: write.onConflict?.sets ?? [], isNew: false },
    ];
    return ways.flatMap(({ sets, isNew }): HalfToldWrite[] => {
      const [flag, time] = [setOf(sets, pair.flag.id), setOf(sets, pair.time.id)];
      // Where both are set they are taken to go together: which values meet is seldom to be seen.
      if ((flag === undefined) === (time === undefined)) return [];
      const before = isNew ? madeWith(pair) : soughtWith(query, write, pair);
      const isFlagged = flag === undefined ? before.flag : tellsFlag(flag, pair);
      const isTimed = time === undefined ? before.time : tellsTime(time, pair);
      const differs = isFlagged === undefined || isTimed === undefined || isFlagged !== isTimed;
      const isAllowed = mayOutlive && (isFlagged === false || isTimed === true);
      return differs && !isAllowed ? [{ holder, query, sets: flag === undefined ? 'time' : 'flag' }] : [];
    });
  });
}

function setOf(sets: readonly SetColumn[], id: EntityId): SetColumn | undefined {
  return sets.find(({ column }) => column === id);
}

function tellsFlag({ constant, from }: SetColumn, pair: FlaggedTime): Told {
  if (from === 'default') return madeWith(pair).flag;
  if (constant === null) return undefined;
  return constant === 'true' || constant === 't';
}

/** A value that is worked out (now(), a parameter) is taken for a time. */
function tellsTime({ constant, from }: SetColumn, pair: FlaggedTime): Told {
  return from === 'default' ? madeWith(pair).time : constant !== NULL;
}

/** What a new row has by its defaults. */
function madeWith({ flag, time }: FlaggedTime): { readonly flag: Told; readonly time: Told } {
  const flagged = flag.default === null ? NULL : constantOf(flag.default.tree);
  return {
    flag: flagged === null ? undefined : flagged === 'true' || flagged === 't',
    time: time.default !== null && constantOf(time.default.tree) !== NULL,
  };
}

/** What the rows that are changed have, as far as the conditions say. */
function soughtWith(
  { sources }: Query,
  { relation }: Write,
  { flag, time }: FlaggedTime,
): { readonly flag: Told; readonly time: Told } {
  const tests = sources.filter((each) => each.isTarget && each.relation === relation).flatMap((each) => each.tests);
  const of = (id: EntityId) => tests.filter(({ column }) => column === id);
  const flagged = of(flag.id).find(({ kind, constants }) => kind === 'equal' && constants.length === 1);
  const [timed] = of(time.id);
  return {
    flag: flagged === undefined ? undefined : flagged.constants[0] === 'true',
    time: timed === undefined ? undefined : timed.kind !== 'isNull',
  };
}
