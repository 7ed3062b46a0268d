// Long because it says one thing at two scales: of a table that is an exception, and of a schema whose habit it is.
import {
  andList,
  brief,
  callsOf,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  isHabit,
  isNamed,
  isReturnedAsItIs,
  isUsersOwn,
  type NamePatterns,
  quoteIdentifier,
  raw,
  returnedAsTheyAre,
  type SchemaGraph,
  sql,
  storedType,
  typeChange,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** What a clock on the wall shows, which is no moment. */
const LOCAL: NamePatterns = ['*_local_*', '*_wall_*', 'naive_*', '*_naive'];
/** Beside a column that names the zone, a local time is complete. */
const ZONE: NamePatterns = ['*_timezone', '*_time_zone', 'tz', '*_tz', 'tzid', 'zone_id'];

export default defineRule({
  meta: {
    id: 'timestamp-without-time-zone',
    category: 'integrity',
    severity: 'medium',
    summary: 'Moments are kept in columns of type timestamp, without a time zone.',
    why: 'Such a value is a reading of a clock, and not which clock. now() writes that of the session, whose TimeZone is a setting of the server, the role or the driver; compared with a timestamptz it is taken for a time of the reader’s zone, and in the autumn an hour is there twice.',
    remedy:
      'Make them timestamptz, which stores the moment in the same 8 bytes; say with AT TIME ZONE in which zone the old values were written. A function that returns one by RETURN QUERY as timestamp fails then (42804) until it is made again, and there is no fix.',
    scope: [
      'Local times beside a column that names their zone are complete and not reported.',
      'Four tables or more of a schema that has few other times are one finding, and twelve or more of any; `"habit": 0` shows each.',
    ],
    messages: {
      table:
        '{{table}} keeps {{columns}} without a time zone, while {{others}} of the schema {{have}} one: compared with those, it is shifted by whatever TimeZone the session has.',
      alone:
        '{{table}} keeps {{columns}} without a time zone: which moment that is depends on the TimeZone of the session that wrote it.',
      habit:
        '{{tables}} of {{schema}} keep times without a time zone, in {{columns}}: which moment they mean depends on the TimeZone of the sessions that wrote them ({{some}}).',
      mixed:
        '{{tables}} of {{schema}} keep times without a time zone, in {{columns}}, while {{others}} have one: compared with those, they are shifted by whatever TimeZone the session has ({{some}}).',
    },
    restsOn: ['columns'],
    equivalents: [
      'squawk:prefer-timestamp-tz',
      'schemalint:prefer-timestamptz-to-timestamp',
      'pg-index-health:columns_with_timestamp_or_timetz_type',
    ],
    references: [
      'https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp_.28without_time_zone.29',
      'https://www.postgresql.org/docs/current/datatype-datetime.html',
    ],
    optionDocs: {
      local: 'Names of columns that are meant to hold local times, by whole words.',
      habit:
        'So many tables of a schema that has few other times are one finding, with one fix, and three times as many of any schema; 0 tells of each.',
    },
  },
  defaults: { local: LOCAL, habit: 4 },
  visit: {
    graph(graph, { options, isApart, report }) {
      for (const [schema, tables] of bySchema(graph, options.local)) {
        const all = [...tables].filter(([, { without }]) => without.length > 0);
        const plain = all.filter(([table]) => !isApart(table));
        const count = sum(plain.map(([, { without }]) => without.length));
        const zoned = sum([...tables].map(([, each]) => each.zoned));
        const isMixed = zoned * 2 > count;
        const isOne = isHabit(options.habit * (isMixed ? WHERE_MIXED : 1), plain.length);
        if (isOne) reportHabit(schema, plain, count, isMixed ? zoned : undefined);
        for (const each of all) if (!isOne || !plain.includes(each)) reportTable(each[0], each[1].without, zoned);
      }

      function reportHabit(
        schema: string,
        plain: readonly (readonly [Table, Times])[],
        count: number,
        zoned: number | undefined,
      ): void {
        const [first] = plain;
        const entity = graph.global('schema', schema);
        if (first === undefined || entity === undefined) return;
        const [column] = first[1].without;
        const about = {
          entity,
          ...(column === undefined ? {} : { origin: column.origin }),
          related: returnedAsTheyAre(
            graph,
            plain.flatMap(([, { without }]) => without),
          ),
          fix: () => fixFor(plain, graph),
        } as const;
        const data = {
          schema: quoteIdentifier(schema),
          tables: counted(plain.length, 'table'),
          columns: counted(count, 'column'),
          some: andList(
            plain.map(([table]) => quoteIdentifier(table.name.name)),
            8,
          ),
        };
        if (zoned === undefined) report({ ...about, message: 'habit', data });
        else report({ ...about, message: 'mixed', data: { ...data, others: counted(zoned, 'other column') } });
      }

      function reportTable(table: Table, without: readonly Column[], zoned: number): void {
        const [first] = without;
        if (first === undefined) return;
        const about = {
          entity: table,
          origin: first.origin,
          related: returnedAsTheyAre(graph, without),
          fix: () => fixFor([[table, { without }]], graph),
        } as const;
        const data = { table: brief(table.name), columns: names(without) };
        if (zoned === 0) report({ ...about, message: 'alone', data });
        else {
          const others = counted(zoned, 'other column');
          report({ ...about, message: 'table', data: { ...data, others, have: zoned === 1 ? 'has' : 'have' } });
        }
      }
    },
  },
});

/** So many times as many tables are one cause whatever the schema's other times have. */
const WHERE_MIXED = 3;

interface Times {
  readonly without: readonly Column[];
  readonly zoned: number;
}

/** The tables that keep times, by schema; a parent answers for its partitions and heirs. */
function bySchema(graph: SchemaGraph, local: NamePatterns): ReadonlyMap<string, ReadonlyMap<Table, Times>> {
  const schemas = new Map<string, Map<Table, Times>>();
  for (const table of graph.ofKind('table')) {
    if (!isUsersOwn(graph, table) || table.isAssumed) continue;
    if (table.persistence === 'temporary' || table.partitionOf !== null) continue;
    const columns = graph.columns(table.id).filter((each) => !each.isInherited);
    const hasZone = columns.some((each) => isNamed(each.name, ZONE));
    const isMeant = (each: Column) => isNamed(each.name, local) || (hasZone && each.default === null);
    const without = columns.filter((each) => isOf(each, 'timestamp', graph) && !isMeant(each));
    const zoned = columns.filter((each) => isOf(each, 'timestamptz', graph)).length;
    const tables = schemas.get(table.name.schema) ?? new Map<Table, Times>();
    schemas.set(table.name.schema, tables.set(table, { without, zoned }));
  }
  return schemas;
}

function isOf({ type }: Column, name: string, graph: SchemaGraph): boolean {
  const stored = storedType(graph, type);
  return stored?.name.schema === 'pg_catalog' && stored.name.name === name && !stored.isArray;
}

function names(columns: readonly Column[]): string {
  return andList(columns.map((each) => quoteIdentifier(each.name)));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0);
}

/** One ALTER TABLE a table, so that each is written anew once. */
function fixFor(tables: readonly (readonly [Table, Pick<Times, 'without'>])[], graph: SchemaGraph): Fix | undefined {
  const all = tables.flatMap(([, { without }]) => without);
  if (all.some((each) => each.type?.entity !== undefined || typeChange(graph, each) !== 'free')) return undefined;
  if (isReturnedAsItIs(graph, all)) return undefined;
  const statements = tables.map(
    ([table, { without }]) =>
      `${sql`alter table ${table.name}`}\n  ${without.flatMap((each) => actionsFor(each)).join(',\n  ')};`,
  );
  return {
    title: 'Make them timestamptz, if the old values were written in UTC (writes each table anew)',
    safety: 'review',
    sql: statements.join('\n'),
  };
}

/** A default that turns now() into a reading of UTC's clock would be turned back by the session's zone: now() is the moment itself. */
function actionsFor({ name, type, default: given }: Column): readonly string[] {
  const precision = type?.modifiers[0];
  const zoned = precision === undefined ? 'timestamptz' : `timestamptz(${precision})`;
  const change = sql`alter column ${name} type ${raw(zoned)} using ${name} at time zone 'UTC'`;
  const turnsZone = given !== null && callsOf(given).some((call) => call.name.name === 'timezone');
  return turnsZone
    ? [sql`alter column ${name} drop default`, change, sql`alter column ${name} set default now()`]
    : [change];
}
