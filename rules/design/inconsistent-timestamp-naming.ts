import {
  addTo,
  andList,
  brief,
  defineRule,
  type EntityOf,
  isUsersOwn,
  majorityStyle,
  quoteIdentifier,
  type SchemaGraph,
  type TimeStyle,
  timeStyle,
  typeClass,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'inconsistent-timestamp-naming',
    category: 'design',
    severity: 'low',
    confidence: 'likely',
    summary: 'A few timestamps of a schema are named in another way than most of its timestamps.',
    why: 'With created here, created_at there and timestamp in a third table, every query over two of them begins with a look at the schema, and code that is shared between tables (sorting, change feeds, audit columns) needs a special case.',
    remedy: 'Rename the few after the many (alter table … rename column) together with the queries that read them.',
    scope: [
      'The majority is counted in the schema itself.',
      'Columns that tell of a plan or a span (due_date, starts_at, valid_from) are not counted.',
    ],
    messages: {
      mixed:
        '{{followers}} timestamps of the schema {{schema}} are named {{style}}; {{deviants}} {{are}} named in another way.',
    },
    restsOn: ['columns'],
    references: ['https://www.postgresql.org/docs/current/sql-altertable.html'],
    optionDocs: {
      columns: 'How many timestamps of a schema must tell of an event before one style counts as its majority.',
      majority: 'The share of them, in percent, that makes a style the majority.',
    },
  },
  defaults: { columns: 6, majority: 70 },
  visit: {
    graph(graph, { options, report }) {
      for (const [name, columns] of timestampsBySchema(graph)) {
        const schema = graph.global('schema', name);
        const wanted = { least: options.columns, share: options.majority };
        const majority = majorityStyle(columns, (column) => timeStyle(column.name), wanted);
        const [first] = majority?.deviants ?? [];
        if (schema === undefined || majority === undefined || first === undefined) continue;
        report({
          entity: schema,
          origin: first.origin,
          message: 'mixed',
          data: {
            followers: majority.followers.length,
            schema: quoteIdentifier(name),
            style: SHOWN_AS[majority.style],
            deviants: andList(
              majority.deviants.map((each) => nameOf(each, graph)),
              SHOWN,
            ),
            are: majority.deviants.length === 1 ? 'is' : 'are',
          },
        });
      }
    },
  },
});

const SHOWN_AS: Readonly<Record<TimeStyle, string>> = {
  _at: 'like created_at',
  _on: 'like created_on',
  bare: 'like created',
  _date: 'like created_date',
  _time: 'like created_time',
  date_: 'like date_created',
  timestamp: 'timestamp',
};

const SHOWN = 8;

/** Of tables only: a view's columns are named after theirs. */
function timestampsBySchema(graph: SchemaGraph): ReadonlyMap<string, readonly Column[]> {
  const groups = new Map<string, Column[]>();
  for (const table of graph.ofKind('table')) {
    if (table.isAssumed || table.partitionOf !== null || !isUsersOwn(graph, table)) continue;
    const times = graph
      .columns(table.id)
      .filter((each) => !each.isInherited && /^timestamp(?:tz)?$/.test(typeClass(graph, each.type) ?? ''));
    for (const each of times) addTo(groups, table.name.schema, each);
  }
  return groups;
}

function nameOf(column: Column, graph: SchemaGraph): string {
  return `${brief(graph.get('table', column.relation).name)}.${quoteIdentifier(column.name)}`;
}
