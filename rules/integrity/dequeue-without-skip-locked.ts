// Long because it knows two ways to take work and each of the ways in which they are safe.
import {
  brief,
  COLUMN_NAMES,
  type ColumnTest,
  defineRule,
  type EntityId,
  type EntityOf,
  type Fix,
  isMoment,
  isNamed,
  isWaitingState,
  lockingClause,
  looksForOwnRows,
  type NamePatterns,
  outermost,
  type Query,
  type QuerySource,
  queueTable,
  type RoutineShape,
  type RoutineWrite,
  redefined,
  routineShape,
  type SchemaGraph,
  standingTable,
  TABLE_NAMES,
} from '../../src/rule/index.ts';

const QUEUES: NamePatterns = TABLE_NAMES.queue;
const WORKERS: NamePatterns = COLUMN_NAMES.worker;

/** Waiting rows that are read to be taken. */
interface Taking {
  readonly table: EntityOf<'table'>;
  readonly look: Query;
  readonly source: QuerySource;
  /** The column that says a row waits. */
  readonly column: EntityId;
  readonly claim: RoutineWrite;
}

export default defineRule({
  meta: {
    id: 'dequeue-without-skip-locked',
    category: 'integrity',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A function reads the waiting rows of a queue and then marks them as taken, without locking them.',
    why: 'Two workers that read at the same moment see the same rows as waiting. Both mark them, the second after it has waited for the first, and both do the work: the mail goes out twice, the card is charged twice.',
    remedy:
      'Lock what is read and pass over what others have locked: SELECT … FOR UPDATE SKIP LOCKED, inside the UPDATE or before it.',
    scope: [
      "Safe as well, and not reported: FOR UPDATE of any kind (what is read without it beside it only gives candidates), an advisory or table lock, and an UPDATE that asks again whether the row waits (WHERE status = 'pending') and whose outcome is looked at.",
      'Not reported either: rows that belong to one: to the user who calls, or to the row that a trigger runs for (the invitations of the address that signs up).',
    ],
    messages: {
      steps:
        '{{function}} reads waiting {{table}} rows and marks them afterwards: two workers at once take the same rows.',
      statement:
        '{{function}} picks waiting {{table}} rows in a subselect that does not lock them: the second of two workers waits for the first and then takes the same rows.',
    },
    restsOn: ['functions', 'columns'],
    references: ['https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE'],
    optionDocs: {
      queues: 'Names of queue tables, by whole words.',
      workerColumns: 'Names of columns that only a worker writes; with a status they make a table a queue.',
    },
  },
  defaults: { queues: QUEUES, workerColumns: WORKERS },
  visit: {
    function(routine, { graph, options, texts, report }) {
      const shape = routineShape(graph, routine);
      if (shape.locks.length > 0) return;
      const seen = new Set<EntityId>();
      for (const claim of shape.writes) {
        const taking = takingOf(graph, shape, claim, options.queues, options.workerColumns);
        if (taking === undefined || seen.has(taking.table.id)) continue;
        seen.add(taking.table.id);
        const at = taking.look.at ?? claim.query.at;
        const about = {
          entity: routine,
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          related: claim.write.at === null ? [] : [{ note: 'the rows are marked here', at: claim.write.at }],
          fix: () => fixFor(graph, routine, shape, taking, texts),
          discriminator: taking.table.name.name,
        };
        const data = { function: brief(routine.name), table: brief(taking.table.name) };
        const message = isWithin(taking.look, claim.query) ? 'statement' : 'steps';
        if (message === 'statement') report({ ...about, message, data });
        else report({ ...about, message, data });
      }
    },
  },
});

function takingOf(
  graph: SchemaGraph,
  shape: RoutineShape,
  claim: RoutineWrite,
  queues: NamePatterns,
  workers: NamePatterns,
): Taking | undefined {
  const { write, query } = claim;
  if (write.kind !== 'update' || write.relation === null) return undefined;
  const table = standingTable(graph, write.relation);
  if (table === undefined || queueTable(graph, table, queues, workers) === undefined) return undefined;
  const before = shape.queries.slice(0, shape.queries.indexOf(query));
  const within = shape.queries.filter((each) => isWithin(each, query) && each !== query);
  // What is read besides the rows that are locked only gives candidates.
  if ([...within, ...before].some((each) => each.lock !== null && reads(each, table))) return undefined;
  for (const look of [...within, ...before.filter((each) => each.kind === 'select')]) {
    const source = reads(look, table);
    const waiting = source?.tests.find(isWaiting);
    if (source === undefined || waiting === undefined || isByKey(graph, table, source)) continue;
    if (isNewestFirst(graph, look)) continue;
    if (!marks(claim, waiting)) continue;
    const takesAll = look.limit === 'none' && (within.includes(look) || claim.loop === look);
    if (looksForOwnRows(graph, shape.routine, look, table.id, takesAll)) continue;
    if (isRowOf(claim, within.includes(look), look) && !asksAgain(claim, waiting, within.includes(look)))
      return { table, look, source, column: waiting.column, claim };
  }
  return undefined;
}

function reads(query: Query, table: EntityOf<'table'>): QuerySource | undefined {
  return query.sources.find((each) => each.relation === table.id && !each.isTarget);
}

function isWaiting({ kind, constants }: ColumnTest): boolean {
  return (kind === 'equal' || kind === 'in') && constants.length > 0 && constants.every(isWaitingState);
}

/** A look at one row that the caller names, or has the token of, is no picking of work. */
function isByKey(graph: SchemaGraph, table: EntityOf<'table'>, { tests }: QuerySource): boolean {
  const key = graph.primaryKey(table.id)?.columns ?? [];
  return tests.some(({ column, kind, against }) => {
    if (kind !== 'equal' || against !== 'variable') return false;
    return key.includes(column) || isNamed(graph.get('column', column).name, GIVEN_TO_ONE);
  });
}

/** What one caller was sent, and brings back. */
const GIVEN_TO_ONE: NamePatterns = [
  '*_token_*',
  '*_code_*',
  '*_otp_*',
  '*_pin_*',
  '*_secret_*',
  '*_hash_*',
  '*_slug_*',
];

/** A queue takes what waits longest; the newest row of something is its state. */
function isNewestFirst(graph: SchemaGraph, { order: [first] }: Query): boolean {
  if (first === undefined || first.column === null || !first.descending) return false;
  return isMoment(graph, graph.get('column', first.column).type);
}

/** The update makes the row one that waits no longer. */
function marks({ write }: RoutineWrite, { column }: ColumnTest): boolean {
  const set = write.sets.find((each) => each.column === column);
  return set !== undefined && (typeof set.constant !== 'string' || !isWaitingState(set.constant));
}

/** The update meets the rows that were read: inside it, in the loop over them, or by a variable. */
function isRowOf(claim: RoutineWrite, isWithinUpdate: boolean, look: Query): boolean {
  if (isWithinUpdate || claim.loop === look) return true;
  const target = claim.query.sources.find((each) => each.isTarget);
  return (
    target?.tests.some(
      ({ kind, against }) => (kind === 'equal' || kind === 'in') && (against === 'variable' || against === 'subselect'),
    ) === true
  );
}

/** The update itself asks whether the row waits. One statement needs no more; of two the outcome must be looked at. */
function asksAgain({ query, isOutcomeTested, write }: RoutineWrite, { column }: ColumnTest, isOne: boolean): boolean {
  const target = query.sources.find((each) => each.isTarget);
  const asks = target?.tests.some((each) => each.column === column && each.constants.length > 0) === true;
  return asks && (isOne || isOutcomeTested || write.hasReturning);
}

function isWithin(inner: Query, outer: Query): boolean {
  for (let each: Query | null = inner.parent; each !== null; each = each.parent) if (each === outer) return true;
  return false;
}

/** The clause at the end of the query that is to lock; none where what it does forbids that. */
function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  shape: RoutineShape,
  { look, table }: Taking,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const query = toBeLocked(shape, look, table);
  const source = query && reads(query, table);
  const lock = query && source && lockingClause(query, source, texts, ' skip locked');
  const written = lock && redefined(graph, routine, texts, [lock]);
  if (written === undefined) return undefined;
  return {
    title: `Lock the ${brief(table.name)} rows that are read, and pass over locked ones`,
    safety: 'review',
    sql: written,
  };
}

/**
 * The rows that are looked at, or those of them that LIMIT takes: one worker that locks all candidates leaves nothing to the
 * others. What locks must ask itself whether the row waits, as it is looked at anew when another has changed it meanwhile.
 */
function toBeLocked({ queries }: RoutineShape, look: Query, table: EntityOf<'table'>): Query | undefined {
  if (look.limit !== 'none') return look;
  const limited = queries.filter((each) => each.limit !== 'none' && outermost(each) === outermost(look));
  if (limited.length === 0) return look;
  return limited.find((each) => reads(each, table)?.tests.some(isWaiting));
}
