import {
  addTo,
  andList,
  areApartByValue,
  areApartInTime,
  brief,
  defineRule,
  type EntityId,
  type EntityOf,
  isBuiltIn,
  isCallersOwnRow,
  isUsersOwn,
  type KnownVariables,
  routineLocks,
  routineShape,
  type SchemaGraph,
  userRoutines,
  variablesKnownAt,
  withBodyPlace,
} from '../../src/rule/index.ts';

type Routine = EntityOf<'function'>;
type Lock = ReturnType<typeof routineLocks>[number];

export default defineRule({
  meta: {
    id: 'inconsistent-lock-order',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'Two functions change rows of the same two tables in opposite order.',
    why: 'Each holds what the other waits for. Postgres ends one of the two after a second (deadlock_timeout) with an error, and its work is lost; under load that becomes a matter of minutes.',
    remedy:
      'Let every function go through the tables in one order, parents before children, say; or take the first lock of all by SELECT … FOR UPDATE on the parent row, in each.',
    scope: [
      'Functions that take an advisory or table lock, that other functions call, or that do it all in one statement are not reported, nor is the order of inserts, which lock no row that others want, nor statements that look for other rows by their time, what is yet to come and what is long past, or by another value of one column, nor a function that changes the one row of whoever calls it and another that deletes such rows.',
    ],
    messages: {
      order:
        '{{function}} changes {{later}} rows and then {{earlier}} rows, {{others}} the other way round: two calls about the same rows can lock each other out.',
    },
    restsOn: ['functions'],
    references: ['https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS'],
  },
  visit: {
    graph(graph, { report }) {
      for (const { routine, opposite } of oddOnes(graph)) {
        const [first] = opposite;
        if (first === undefined || !isUsersOwn(graph, routine)) continue;
        const about = opposite.filter((each) => sameTables(each, first));
        const others = [...new Set(about.map((each) => each.other))];
        report({
          ...withBodyPlace(routine),
          ...(first.at === null ? {} : { origin: { from: 'statement', at: first.at } as const }),
          message: 'order',
          data: {
            function: brief(routine.name),
            later: brief(graph.get('table', first.from).name),
            earlier: brief(graph.get('table', first.to).name),
            others: andList(
              others.map((each) => brief(each.name)),
              3,
            ),
          },
          related: others.flatMap((each) => {
            const at = about.find(({ other }) => other === each)?.otherAt ?? null;
            return at === null ? [] : [{ note: 'the other order', at }];
          }),
        });
      }
    },
  },
});

interface Step {
  readonly routine: Routine;
  readonly from: EntityId;
  readonly to: EntityId;
  readonly at: Lock['at'];
  /** Each lock on the one table that it takes before one on the other. */
  readonly pairs: readonly LockPair[];
}

interface LockPair {
  readonly routine: Routine;
  readonly first: Lock;
  readonly second: Lock;
  /** Of variables, where both are taken. */
  readonly known: KnownVariables;
}

interface Opposite extends Step {
  readonly other: Routine;
  readonly otherAt: Lock['at'];
}

function sameTables(a: Step, b: Step): boolean {
  return a.from === b.from && a.to === b.to;
}

/** Of the functions that do not agree about two tables, those of the smaller party; of two even ones, the later. */
function oddOnes(graph: SchemaGraph): readonly { readonly routine: Routine; readonly opposite: readonly Opposite[] }[] {
  const steps = new Map<string, Step[]>();
  const routines = userRoutines(graph);
  // What is only a part of another function is called under the locks of that one.
  const called = new Set(routines.flatMap((each) => routineShape(graph, each).calls));
  for (const routine of routines) {
    if (isBuiltIn(routine.returns, 'trigger') || called.has(routine.id)) continue;
    for (const step of stepsOf(graph, routine)) {
      const key = `${step.from} ${step.to}`;
      addTo(steps, key, step);
    }
  }
  const odd = new Map<Routine, Opposite[]>();
  for (const [key, these] of steps) {
    const [from, to] = key.split(' ');
    const those = steps.get(`${to} ${from}`) ?? [];
    const [mine, theirs] = [these, those].map((all) => Math.max(...all.map((each) => each.routine.id)));
    const isOdd = these.length < those.length || (these.length === those.length && (mine ?? 0) > (theirs ?? 0));
    if (those.length === 0 || !isOdd) continue;
    for (const step of these)
      for (const theirStep of those) {
        const { routine: other } = theirStep;
        const isApart = step.pairs.every((mine) => theirStep.pairs.every((its) => areApart(graph, mine, its)));
        if (other === step.routine || isApart) continue;
        addTo(odd, step.routine, { ...step, other, otherAt: theirStep.at });
      }
  }
  return [...odd].map(([routine, opposite]) => ({ routine, opposite }));
}

/** Each pair of tables of which the function first locks rows of the one and then of the other. */
function stepsOf(graph: SchemaGraph, routine: Routine): readonly Step[] {
  const locks = routineLocks(graph, routine);
  const first = locks.filter((each, at) => locks.findIndex((one) => one.table === each.table) === at);
  return first.flatMap((from, at) =>
    first
      .slice(at + 1)
      .filter((to) => to.statement !== from.statement && !(from.isConditional && to.isConditional))
      .map((to): Step => {
        return { routine, from: from.table, to: to.table, at: to.at, pairs: pairsOf(graph, routine, from, to) };
      }),
  );
}

function pairsOf(graph: SchemaGraph, routine: Routine, from: Lock, to: Lock): readonly LockPair[] {
  const locks = routineLocks(graph, routine);
  const { block } = routineShape(graph, routine);
  return locks.flatMap((first, at) =>
    first.table !== from.table
      ? []
      : locks.slice(at + 1).flatMap((second): readonly LockPair[] => {
          if (second.table !== to.table || second.statement === first.statement) return [];
          if (first.isConditional && second.isConditional) return [];
          // What is known where the later one is taken was so before: no variable changes that it tells of.
          const known = block === null ? new Map() : variablesKnownAt(block, second.statement.node);
          return [{ routine, first, second, known }];
        }),
  );
}

/** Does the one never wait for a lock that the other holds while that one waits for it? */
function areApart(graph: SchemaGraph, mine: LockPair, its: LockPair): boolean {
  const never = ([a, one]: LockOf, [b, other]: LockOf) =>
    areApartInTime(a.query, b.query) ||
    areApartByValue(graph, a.table, [a.query, one.known], [b.query, other.known]) ||
    isOwnAndDeleted(graph, [a, one], [b, other]) ||
    isOwnAndDeleted(graph, [b, other], [a, one]);
  return never([mine.first, mine], [its.second, its]) || never([mine.second, mine], [its.first, its]);
}

type LockOf = readonly [Lock, LockPair];

/** Who acts on the row that stands for himself is not the one whose row is being deleted. */
function isOwnAndDeleted(graph: SchemaGraph, [own, { routine }]: LockOf, [deleted]: LockOf): boolean {
  const isDelete = deleted.query.writes.some(({ kind, relation }) => kind === 'delete' && relation === deleted.table);
  return isDelete && isCallersOwnRow(graph, routine, own.table, own.query);
}
