import {
  andList,
  brief,
  defineRule,
  dropServed,
  type EntityOf,
  type Fix,
  groupedBy,
  lackedKeyIndexes,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  spareIndex,
  spoken,
  sql,
  type UnservedLookup,
  unservedLookups,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'missing-composite-index',
    category: 'performance',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A function of the schema looks for rows by columns, or in an order, that no index has together.',
    why: 'An index on one column finds all rows with the value; those still have to be read and sorted for the few that are wanted: the last messages of a conversation, the next job of a queue. With the sort key behind it, the index gives just those, in order.',
    remedy:
      'Create an index on the columns that are held to one value, then on the sort key in its direction. It takes the place of an index on the first column alone.',
    scope: [
      'Only queries in functions of the schema are looked at, and only their conditions that AND connects; small tables can do without.',
      'Not reported: a look-up by the column of a foreign key without an index, where unindexed-foreign-key tells of it, as the index that mends that finds the rows.',
    ],
    messages: {
      timeline:
        '{{routines}} {{read}} all rows of {{table}} with one {{columns}} and {{sort}} them by {{order}} to return the first few: no index has the two in that order.',
      queue:
        '{{routines}} {{read}} and {{sort}} all rows of {{table}} with the {{columns}} asked for to take the next by {{order}}: no index has the two in that order.',
      lookup: '{{routines}} {{read}} all of {{table}} to find rows by {{columns}}: no index begins with any of them.',
    },
    restsOn: ['indexes', 'columns', 'functions', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/indexes-ordering.html'],
  },
  visit: {
    graph(graph, { settings, report }) {
      for (const lookups of grouped(unservedLookups(graph))) {
        const [first] = lookups;
        if (first === undefined) continue;
        const { table, equal, order, shape } = first;
        const routines = [...new Set(lookups.map(({ routine }) => spoken(routine)))];
        const isOne = routines.length === 1;
        const data = {
          routines: andList(routines, 3),
          read: isOne ? 'reads' : 'read',
          sort: isOne ? 'sorts' : 'sort',
          table: brief(table.name),
          columns: andList(graph.columnNames(equal).map(quoteIdentifier)),
        };
        const ordered = andList(order.map((each) => keyText(graph, each)));
        const about = {
          entity: table,
          discriminator: keysOf(graph, first).join(),
          related: lookups.flatMap(({ query }) =>
            query.at === null ? [] : [{ note: 'looks for them', at: query.at }],
          ),
          fix: fixFor(graph, first),
        };
        if (shape === 'lookup') {
          const key = keyLackingIndex(graph, first, settings.tenantColumns);
          const told = key === undefined ? {} : { toldBy: ['unindexed-foreign-key'], toldAbout: key };
          report({ ...about, message: 'lookup', data, ...told });
        }
        if (shape === 'queue') report({ ...about, message: 'queue', data: { ...data, order: ordered } });
        if (shape === 'timeline') report({ ...about, message: 'timeline', data: { ...data, order: ordered } });
      }
    },
  },
});

/** A foreign key whose own index would find the rows by one of the columns. */
function keyLackingIndex(
  graph: SchemaGraph,
  { table, equal }: UnservedLookup,
  tenantColumns: readonly string[],
): EntityOf<'foreignKey'> | undefined {
  const lacked = lackedKeyIndexes(graph, table.id, tenantColumns);
  return lacked.find(({ columns: [led] }) => led !== undefined && equal.includes(led))?.keys[0]?.key;
}

/** One index each. */
function grouped(lookups: readonly UnservedLookup[]): Iterable<readonly UnservedLookup[]> {
  // The same columns read from the other end are served by one index.
  return groupedBy(lookups, ({ table, shape, equal, order }) =>
    [table.id, shape, ...equal.toSorted(), ...order.slice(0, 1).map((one) => one.column)].join(),
  ).values();
}

function keyText(graph: SchemaGraph, { column, descending }: UnservedLookup['order'][number]): string {
  const name = column === null ? '' : quoteIdentifier(graph.get('column', column).name);
  return descending ? `${name} desc` : name;
}

function keysOf(graph: SchemaGraph, { equal, order }: UnservedLookup): readonly string[] {
  return [...graph.columnNames(equal).map(quoteIdentifier), ...order.map((each) => keyText(graph, each))];
}

/** A plain index on the first column alone has nothing left to do then. One that has nothing to do already is redundant-index's or duplicate-index's to drop. */
function fixFor(graph: SchemaGraph, lookup: UnservedLookup): Fix {
  const { table, equal } = lookup;
  const shorter = graph
    .ownedBy(table.id, 'index')
    .filter((each) => isLedByAll(each, equal) && spareIndex(graph, each) === undefined);
  const drops = shorter.map((each) => `\n${dropServed(each)}`).join('');
  return {
    title: 'Index the columns together (writes to the table wait while the index is built)',
    safety: 'review',
    sql: sql`create index on ${table.name} (${raw(keysOf(graph, lookup).join(', '))});${raw(drops)}`,
  };
}

function isLedByAll(index: EntityOf<'index'>, equal: readonly number[]): boolean {
  const isPlain =
    !index.isUnique && index.constraint === null && index.predicate === null && index.include.length === 0;
  const isFirst = index.keys.every((key, i) => key.column === equal[i] && key.opclass === null && !key.descending);
  return isPlain && index.method === 'btree' && index.parent === null && isFirst;
}
