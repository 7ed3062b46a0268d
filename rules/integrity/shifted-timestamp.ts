import {
  andList,
  brief,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  groupedBy,
  isHabit,
  isUsersOwn,
  partAlone,
  quoteIdentifier,
  quoteLiteral,
  raw,
  redefined,
  type SchemaGraph,
  type ShiftedTime,
  type ShiftedWrite,
  shiftedDefaults,
  shiftedWrites,
  sql,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'shifted-timestamp',
    category: 'integrity',
    severity: 'low',
    summary: 'A timestamptz is filled with now() AT TIME ZONE, which is no moment any more.',
    why: 'AT TIME ZONE makes of a moment what a clock of that zone shows, a timestamp without a zone. Stored in a timestamptz it is taken for what a clock of the session’s zone shows: the moment is right only where the two zones are one. Supabase’s sessions have UTC, unless the client asks for another (Prefer: timezone, JDBC’s default) or a role or the database is set to one.',
    remedy: 'Use now() alone: a timestamptz keeps the moment, whatever zone it is shown in.',
    scope: [
      'The same value in a column of type timestamp is not reported.',
      'Four tables or more of a schema that are given UTC’s time are one finding; `"habit": 0` shows each.',
    ],
    messages: {
      utc: '{{table}} fills {{columns}} (timestamptz) with the current time at time zone {{zone}}: written by a session whose TimeZone is another, the moment is off by that zone’s distance from UTC.',
      zone: '{{table}} fills {{columns}} (timestamptz) with the current time at time zone {{zone}}: written by a session whose TimeZone is UTC, as it is on most servers, the moment is off by that zone’s distance from UTC.',
      habit:
        '{{tables}} of {{schema}} fill columns of type timestamptz with the current time at time zone {{zone}}: written by a session whose TimeZone is another, the moment is off by that zone’s distance from UTC ({{some}}).',
      written:
        '{{function}} sets {{columns}} (timestamptz) to the current time at time zone {{zone}}: called in a session whose TimeZone is another, it stores a moment that is off by the distance of the two zones.',
    },
    restsOn: ['columns', 'functions'],
    references: [
      'https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-ZONECONVERT',
      'https://docs.postgrest.org/en/stable/references/api/preferences.html#timezone',
    ],
    optionDocs: { habit: 'So many tables of a schema that are given UTC’s time are one finding; 0 tells of each.' },
  },
  defaults: { habit: 4 },
  visit: {
    graph(graph, { options, settings, isApart, report }) {
      const tables = graph
        .ofKind('table')
        .filter((each) => isUsersOwn(graph, each) && each.partitionOf === null && each.persistence !== 'temporary');
      const found = tables.map((table) => ({ table, times: shiftedDefaults(graph, table) }));
      const utc = found.filter(({ times }) => times.some(({ isUtc }) => isUtc));
      const ofUtc = utc.filter(({ table, times }) => !isApart(table, times.find(({ isUtc }) => isUtc)?.column.origin));
      for (const { table, times } of utc.filter((each) => !ofUtc.includes(each))) tell(table, times, 'utc');
      for (const [schema, group] of groupedBy(ofUtc, ({ table }) => table.name.schema)) {
        const entity = graph.global('schema', schema);
        const [first] = group.flatMap(({ times }) => times.filter(({ isUtc }) => isUtc));
        if (entity === undefined || first === undefined || !isHabit(options.habit, group.length)) {
          for (const { table, times } of group) tell(table, times, 'utc');
          continue;
        }
        report({
          entity,
          origin: first.column.origin,
          message: 'habit',
          data: {
            schema: quoteIdentifier(schema),
            tables: counted(group.length, 'table'),
            zone: quoteLiteral(first.zone),
            some: andList(
              group.map(({ table }) => quoteIdentifier(table.name.name)),
              8,
            ),
          },
          fix: {
            title: 'Let the defaults be now(), the moment itself',
            safety: 'review',
            sql: group
              .map(({ table, times }) =>
                setNow(
                  table,
                  times.filter(({ isUtc }) => isUtc),
                ),
              )
              .join('\n'),
          },
        });
      }
      for (const { table, times } of found) tell(table, times, 'zone');

      function tell(table: Table, all: readonly ShiftedTime[], message: 'utc' | 'zone'): void {
        const times = all.filter(({ isUtc }) => isUtc === (message === 'utc'));
        const [first] = times;
        if (first === undefined) return;
        const about = {
          entity: table,
          origin: first.column.origin,
          data: { table: brief(table.name), columns: named(times), zone: quoteLiteral(first.zone) },
          fix: {
            title: 'Let the default be now(), the moment itself (what was written before stays as it is)',
            safety: 'review',
            sql: setNow(table, times),
          },
        } as const;
        if (message === 'utc') report({ ...about, message });
        else report({ ...about, message, severity: settings.platform === 'supabase' ? 'high' : 'medium' });
      }
    },
    function(routine, { graph, texts, settings, report }) {
      for (const [zone, writes] of groupedBy(shiftedWrites(graph, routine), (each) => each.zone)) {
        const [first, ...others] = writes;
        if (first === undefined) continue;
        report({
          entity: routine,
          ...(first.at === null ? {} : { origin: { from: 'statement', at: first.at } as const }),
          message: 'written',
          data: { function: brief(routine.name), columns: named(writes), zone: quoteLiteral(zone) },
          ...(first.isUtc ? {} : { severity: settings.platform === 'supabase' ? 'high' : 'medium' }),
          related: others.flatMap(({ at }) => (at === null ? [] : [{ note: 'here too', at }])),
          fix: () => fixFor(graph, routine, writes, texts),
          discriminator: zone,
        });
      }
    },
  },
});

function named(times: readonly ShiftedTime[]): string {
  return andList([...new Set(times.map(({ column }) => quoteIdentifier(column.name)))]);
}

function setNow({ name }: Table, times: readonly ShiftedTime[]): string {
  const actions = times.map(({ column }) => sql`alter column ${column.name} set default now()`);
  return sql`alter table ${name} ${raw(actions.join(', '))};`;
}

/** The moment in place of the reading; not where a column of the same name is a timestamp in another table. */
function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  writes: readonly ShiftedWrite[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const parts = writes.flatMap(({ isMixed, value, moment, at }) => {
    const text = at === null ? undefined : texts.get(at.file);
    return isMixed || text === undefined ? [] : [partAlone(value, moment, text)];
  });
  if (parts.length < writes.length) return undefined;
  const written = redefined(graph, routine, texts, parts);
  return written === undefined ? undefined : { title: 'Store the moment itself', safety: 'review', sql: written };
}
