import {
  addedChecks,
  andList,
  areTiedByExpression,
  brief,
  type Change,
  columnsJudgedByTriggers,
  columnsSetByTriggers,
  constantOf,
  defineRule,
  type EntityOf,
  type Fix,
  type FlaggedTime,
  flaggedTimes,
  foldBoolean,
  type HalfToldWrite,
  halfToldWrites,
  isNamed,
  isNullable,
  type NamePatterns,
  NULL,
  quoteIdentifier,
  type RelatedPlace,
  raw,
  remarkBeside,
  type SchemaGraph,
  spoken,
  sql,
  standingTable,
  typeClass,
  wordsOf,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'flag-timestamp-drift',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A flag and a time say the same fact, and nothing keeps them in step.',
    why: 'Sooner or later a writer sets one and forgets the other. From then on it depends on the column a reader picks whether the fact is so.',
    remedy:
      'Keep the time only, and ask for IS NOT NULL; or make the flag a generated column of it; or tie the two by a CHECK or a trigger. Where a routine of the schema writes one without the other, so that the CHECK may refuse it, the routine is named and no CHECK offered: it has to be changed first.',
    scope: [
      'A pair that any CHECK, trigger or generated column names together is not reported, nor is a flag that a migration made of a time, or a pair of which a comment beside it says that it is temporary or a backup, nor what is tried (processed, sent) beside a column for the error or the attempts, nor what was given beside a time at which it was taken back, nor a time that may not be NULL, which each row has.',
    ],
    messages: {
      drift:
        '{{table}} says the same twice, by {{flag}} and {{time}}: a row can have {{flag}} without {{time}}, or {{time}} without {{flag}}.{{writers}}',
      undated:
        '{{table}} says the same twice, by {{flag}} and {{time}}: a row can have {{flag}} without {{time}}. That {{time}} stays where {{flag}} is taken back is common, and then the time of the first.{{writers}}',
    },
    restsOn: ['columns', 'constraints', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/ddl-generated-columns.html'],
  },
  visit: {
    table({ id }, { graph, journal, texts, report }) {
      const table = standingTable(graph, id);
      if (table === undefined) return;
      for (const pair of flaggedTimes(graph, id)) {
        // A time that each row has says when, not whether: there is one without the fact as well.
        if (pair.time.isInherited || !isNullable(graph, pair.time) || isTied(graph, pair)) continue;
        if (areApartByDefault(pair) || hasEnd(graph, pair)) continue;
        if (wasTime(graph, journal, pair.flag) || isKeptForNow(pair, texts) || isOfAttempts(graph, pair)) continue;
        const writes = halfToldWrites(graph, pair, isOfFirst(pair));
        const data = {
          table: brief(table.name),
          flag: quoteIdentifier(pair.flag.name),
          time: quoteIdentifier(pair.time.name),
          writers: writersText(writes),
        };
        const about = {
          entity: pair.flag,
          data,
          related: placesOf(writes, pair),
          fix: () => (writes.length > 0 ? undefined : fixFor(graph, table, pair)),
        };
        if (isOfFirst(pair)) report({ ...about, message: 'undated' });
        else report({ ...about, message: 'drift' });
      }
    },
  },
});

/** A row made without either has the time and not the flag (published_date default now(), is_published default false): they say two things. */
function areApartByDefault({ flag, time }: FlaggedTime): boolean {
  const isFalse = flag.default !== null && foldBoolean(flag.default.tree) === false;
  return time.default !== null && constantOf(time.default.tree) !== NULL && (isFalse || flag.default === null);
}

/** ALTER COLUMN … TYPE boolean USING (… IS NOT NULL): the time beside it is a copy of what the flag was, for the way back. */
function wasTime(graph: SchemaGraph, journal: readonly Change[], { id }: EntityOf<'column'>): boolean {
  return journal.some((each) => {
    if (each.type !== 'altered' || each.before.kind !== 'column' || each.before.id !== id) return false;
    const kind = typeClass(graph, each.before.type);
    return kind === 'timestamp' || kind === 'timestamptz' || kind === 'date';
  });
}

/** Beside an error, or a count of attempts, the time may say when it was last tried, and the flag whether it went well. */
function isOfAttempts(graph: SchemaGraph, { flag }: FlaggedTime): boolean {
  return isNamed(flag.name, ATTEMPTS) && graph.columns(flag.relation).some((each) => isNamed(each.name, OUTCOMES));
}

/** Another time says when it was taken back (consent_revoked_at beside consent_granted): the first goes on saying when it was given. */
function hasEnd(graph: SchemaGraph, { flag, time }: FlaggedTime): boolean {
  const own = new Set(wordsOf(flag.name).filter((each) => !FILLING.has(each)));
  return graph.columns(flag.relation).some((each) => {
    if (each === time || !isNamed(each.name, ENDS)) return false;
    const words = wordsOf(each.name);
    return words.length === 2 ? [...own].some((one) => GIVEN.has(one)) : words.some((one) => own.has(one));
  });
}

const ENDS: NamePatterns = ['*_revoked_at', '*_withdrawn_at', '*_opted_out_at', '*_unsubscribed_at'];
const FILLING: ReadonlySet<string> = new Set(['is', 'has', 'was', 'at', 'on']);
/** What somebody gives and may take back. */
const GIVEN: ReadonlySet<string> = new Set([
  'consent',
  'granted',
  'accepted',
  'agreed',
  'subscribed',
  'approved',
  'opted',
]);

const ATTEMPTS: NamePatterns = [
  ...['*_processed', '*_executed', '*_sent', '*_synced', '*_delivered', '*_handled', '*_imported', '*_exported'],
  ...['*_published', '*_notified', '*_run', '*_ran'],
];
const OUTCOMES: NamePatterns = [
  '*_error_*',
  '*_errors_*',
  '*_failure_*',
  '*_attempts_*',
  '*_retries_*',
  '*_retry_*',
  '*_failed_*',
];

function isKeptForNow({ flag, time }: FlaggedTime, texts: ReadonlyMap<string, string>): boolean {
  return [flag, time].some((each) =>
    /\b(?:temp|temporary|temporarily|rollback|backup)\b/i.test(remarkBeside(each, texts)?.text ?? ''),
  );
}

function isTied(graph: SchemaGraph, { flag, time }: FlaggedTime): boolean {
  const pair = [flag.id, time.id];
  if (flag.generated !== null || time.generated !== null || areTiedByExpression(graph, flag.relation, pair))
    return true;
  const judged = columnsJudgedByTriggers(graph, flag.relation);
  if (pair.every((id) => judged.has(id))) return true;
  return (['insert', 'update'] as const).some((event) => {
    const { sets, unknown } = columnsSetByTriggers(graph, flag.relation, event);
    return unknown.length > 0 || sets.some((each) => pair.includes(each.column));
  });
}

/** What is published is taken back and published again, and keeps the date it first was: the time may stay without the flag. */
function isOfFirst({ time }: FlaggedTime): boolean {
  return isNamed(time.name, FIRST_TIMES);
}

const FIRST_TIMES: NamePatterns = ['*_published_*', '*_launched_*', '*_released_*', 'first_*'];

function writersText(writes: readonly HalfToldWrite[]): string {
  // By name: files and a catalog know them in different orders.
  const names = [...new Set(writes.map(({ holder }) => spoken(holder)))].sort();
  if (names.length === 0) return '';
  const verb = names.length === 1 ? 'writes' : 'write';
  return ` ${andList(names, WRITERS_SHOWN)} ${verb} one of them without the other, which a CHECK may refuse.`;
}

const WRITERS_SHOWN = 3;

function placesOf(writes: readonly HalfToldWrite[], { flag, time }: FlaggedTime): readonly RelatedPlace[] {
  const names = { flag: quoteIdentifier(flag.name), time: quoteIdentifier(time.name) };
  return writes.flatMap(({ query: { at }, sets }) => {
    const left = sets === 'flag' ? names.time : names.flag;
    return at === null ? [] : [{ note: `sets ${names[sets]} and leaves ${left} as it is`, at }];
  });
}

function fixFor(graph: SchemaGraph, table: EntityOf<'table'>, pair: FlaggedTime): Fix {
  const { flag, time } = pair;
  if (isOfFirst(pair))
    return {
      title: `Let nothing be ${quoteIdentifier(flag.name)} without the time (rows that are must be given one first)`,
      safety: 'review',
      sql: addedChecks(graph, table, [
        {
          name: `${flag.name}_has_${time.name}`,
          condition: raw(
            isNullable(graph, flag)
              ? sql`${flag.name} is not true or ${time.name} is not null`
              : sql`not ${flag.name} or ${time.name} is not null`,
          ),
        },
      ]),
    };
  const isSet = raw(isNullable(graph, flag) ? sql`(${flag.name} is true)` : sql`${flag.name}`);
  return {
    title: 'Tie the two by a CHECK (every writer must then set both, and rows that differ must be mended first)',
    safety: 'review',
    sql: addedChecks(graph, table, [
      { name: `${flag.name}_as_${time.name}`, condition: raw(sql`${isSet} = (${time.name} is not null)`) },
    ]),
  };
}
