import {
  admittedClients,
  andList,
  askedOnce,
  brief,
  childrenOf,
  defineRule,
  dropServed,
  type EntityOf,
  type Fix,
  habitsOf,
  isNamed,
  isRestedOn,
  type NamePatterns,
  ofSchema,
  orList,
  quoteIdentifier,
  raw,
  relatedAt,
  type SchemaGraph,
  servedIndexes,
  servedText,
  singleRowReaders,
  sql,
  TABLE_NAMES,
  typeClass,
  writesTo,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'missing-primary-key',
    category: 'integrity',
    severity: 'high',
    summary: 'A table has no primary key.',
    why: 'Nothing keeps a row from being there twice, and nothing names one row: no foreign key can refer to it, an upsert has no target, logical replication refuses its updates and deletes.',
    remedy:
      'Make the columns that name a row the primary key (of a table that links two others, both keys), or add an identity column.',
    scope: [
      'Partitions have the key of their parent and are not reported beside it; unlogged tables are reported as low, as staging may do without; where a unique key of columns that are never NULL names each row, it is medium, as it is where a unique index keeps out all copies but those of rows with NULL, and so it is for settings of one row, which the schema reads with LIMIT 1 and clients may not write.',
      'A copy that is only kept, named a backup, snapshot or archive of a day or a year, is not reported.',
      'Many tables whose rows a unique constraint names are one finding, and so are those where a unique index does, with the fixes of all; `"habit": 0` shows each.',
    ],
    messages: {
      plain: '{{table}} has no primary key: rows can be there twice, and none can be told from its copies.',
      candidate:
        '{{table}} has no primary key, although {{key}} already names each row, which is why this is medium: logical replication{{realtime}} takes the primary key to say which row was changed, and refuses updates and deletes without one.',
      nullable:
        '{{table}} has no primary key: the unique index {{index}} keeps out copies of rows, except of those with NULL in {{columns}}, which is why this is medium. Logical replication{{realtime}} takes the primary key to say which row was changed, and refuses updates and deletes without one.',
      habit:
        '{{count}} tables of {{schema}} have no primary key, although {{named}} already names each row, which is why this is medium: {{tables}}. Logical replication{{realtime}} takes the primary key to say which row was changed, and refuses updates and deletes without one.',
      joins:
        '{{tables}} have no primary key, although ("A", "B") already names each row, which is why this is medium: Prisma makes tables of its many-to-many relations so up to version 5. Logical replication{{realtime}} takes the primary key to say which row was changed, and refuses updates and deletes without one.',
      single:
        '{{table}} has no primary key: nothing keeps a second row from being added, and {{reader}} then reads either of the two. Clients may not write it, which is why this is medium.',
      unlogged: '{{table}} has no primary key; it is unlogged, as staging tables are, and may do without.',
      partition: '{{table}} has no primary key, nor has the table it is a partition of.',
    },
    restsOn: ['constraints'],
    equivalents: ['splinter:0004'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS'],
    optionDocs: {
      habit:
        'So many tables of a schema without one, whose rows a unique constraint names, or a unique index, are one finding; 0 tells of each.',
    },
  },
  defaults: { habit: 5 },
  visit: {
    graph(graph, { options, settings, shown, isApart, report }) {
      const named = shown('table').flatMap((table) => namedRows(table, graph));
      const { alone, habits } = habitsOf(named, options.habit, (each) =>
        isApart(each.table) ? undefined : `${each.table.name.schema} ${namedBy(each, graph)}`,
      );
      const realtime = settings.platform === 'supabase' ? REALTIME : '';
      for (const { table, candidate } of alone) {
        const fix = fixFor(table, candidate, graph);
        report({
          entity: table,
          message: 'candidate',
          data: { table: brief(table.name), key: keyName(candidate, graph), realtime },
          severity: 'medium',
          ...(fix === undefined ? {} : { fix }),
        });
      }
      for (const all of habits) {
        const { schema } = all[0].table.name;
        const nameOf = ({ table, candidate }: NamedRows) => `${brief(table.name)} ${keyName(candidate, graph)}`;
        report({
          ...ofSchema(graph, schema, all, (each) => ({ of: each.table, note: nameOf(each) })),
          message: 'habit',
          ...(namedBy(all[0], graph) === BY_INDEX ? { discriminator: 'index' } : {}),
          data: {
            count: all.length,
            schema: quoteIdentifier(schema),
            named: namedBy(all[0], graph),
            tables: andList(all.map(nameOf), SHOWN),
            realtime,
          },
          severity: 'medium',
          fixes: all.map((each) => ({ of: each.table, fix: () => titledForAll(each, graph) })),
        });
      }
    },
    table(table, { graph, settings, report }) {
      if (graph.primaryKey(table.id) !== undefined || table.persistence === 'temporary') return;
      const data = { table: brief(table.name) };
      if (table.partitionOf !== null) {
        // A key of the parent would be this one's too: where the parent is known it is the one that lacks it.
        if (graph.get('table', table.partitionOf).isAssumed)
          report({ entity: table, message: 'partition', data, severity: 'low' });
        return;
      }
      const joins = permanentJoins(graph);
      const [first, ...others] = joins;
      const realtime = settings.platform === 'supabase' ? REALTIME : '';
      if (isJoinOfMany(table, graph)) {
        if (first?.id === table.id)
          report({
            entity: table,
            message: 'joins',
            data: {
              tables: andList(
                joins.map(({ name }) => brief(name)),
                4,
              ),
              realtime,
            },
            severity: 'medium',
            related: others.flatMap((each) => relatedAt(each, 'so here')),
            fix: joinsFix(joins, graph),
          });
        return;
      }
      const candidate = candidateKey(table, graph);
      const reader = candidate === undefined ? singleRowReader(table, graph, settings.clientRoles) : undefined;
      if (reader !== undefined)
        return report({
          entity: table,
          message: 'single',
          data: { ...data, reader: brief(reader.name) },
          severity: 'medium',
          fix: () => singleRowFix(table, graph),
        });
      const fix = fixFor(table, candidate, graph);
      const more = fix === undefined ? {} : { fix };
      if (table.persistence === 'unlogged')
        report({ entity: table, message: 'unlogged', data, severity: 'low', ...more });
      else if (candidate === undefined) {
        const partial = nullableKey(table, graph);
        if (partial === undefined) return report({ entity: table, message: 'plain', data, ...more });
        const { index, columns } = partial;
        report({
          entity: table,
          message: 'nullable',
          data: {
            ...data,
            index: quoteIdentifier(index.name.name),
            columns: orList(columns.map(quoteIdentifier)),
            realtime,
          },
          severity: 'medium',
          ...more,
        });
      }
    },
  },
});

const REALTIME = ', and Realtime with it,';

const SHOWN = 6;

/** A table without a primary key, and the unique index that names its rows. */
interface NamedRows {
  readonly table: Table;
  readonly candidate: EntityOf<'index'>;
}

const BY_INDEX = 'a unique index';

/** A unique index may become the primary key; what a unique constraint rests on may not. */
function namedBy({ table, candidate }: NamedRows, graph: SchemaGraph): string {
  return fixFor(table, candidate, graph) === undefined ? 'a unique constraint' : BY_INDEX;
}

/** The fix of one of many: they are given as one. */
function titledForAll({ table, candidate }: NamedRows, graph: SchemaGraph): Fix | undefined {
  const fix = fixFor(table, candidate, graph);
  return fix && { ...fix, title: 'Make each of the unique indexes the primary key' };
}

function namedRows(table: Table, graph: SchemaGraph): readonly NamedRows[] {
  if (graph.primaryKey(table.id) !== undefined || table.partitionOf !== null || isJoinOfMany(table, graph)) return [];
  const candidate = table.persistence === 'permanent' ? candidateKey(table, graph) : undefined;
  return candidate === undefined ? [] : [{ table, candidate }];
}

/** One of several that Prisma made. */
function isJoinOfMany({ id }: Table, graph: SchemaGraph): boolean {
  const joins = permanentJoins(graph);
  return joins.length > 1 && joins.some((each) => each.id === id);
}

function permanentJoins(graph: SchemaGraph): readonly Table[] {
  return joinTables(graph).filter(({ persistence }) => persistence === 'permanent');
}

/** The function that reads the one row, where the schema adds none and clients may not either. */
function singleRowReader(
  table: Table,
  graph: SchemaGraph,
  clientRoles: readonly string[],
): EntityOf<'function'> | undefined {
  const reader = singleRowReaders(graph).get(table.id);
  if (reader === undefined || !clientRoles.some((name) => graph.global('role', name) !== undefined)) return undefined;
  const isFilled = writesTo(graph, table.id).some(({ write }) => write.kind === 'insert');
  return isFilled || admittedClients(graph, table, clientRoles, ['insert', 'update', 'delete']).length > 0
    ? undefined
    : reader;
}

function singleRowFix(table: Table, graph: SchemaGraph): Fix | undefined {
  if (graph.column(table.id, 'only_row') !== undefined) return undefined;
  return {
    title: 'Add a key that only one row can have (fails if there are several rows)',
    safety: 'review',
    sql: sql`alter table ${table.name} add column only_row boolean primary key default true check (only_row);`,
  };
}

/**
 * A unique index that could be the primary key as it stands (ALTER TABLE, ADD table_constraint_using_index): of several the one
 * that a foreign key refers to, else the one that holds `id`.
 */
function candidateKey(table: Table, graph: SchemaGraph): EntityOf<'index'> | undefined {
  const candidates = graph
    .ownedBy(table.id, 'index')
    .filter(
      (index) =>
        index.isUnique &&
        index.isValid &&
        index.method === 'btree' &&
        index.predicate === null &&
        index.keys.every(
          ({ column, opclass, descending, nullsFirst }) =>
            column !== null && opclass === null && !descending && !nullsFirst && graph.get('column', column).notNull,
        ),
    );
  const id = graph.column(table.id, 'id')?.id;
  return (
    candidates.find((each) => isRestedOn(graph, each)) ??
    candidates.find((each) => each.keys.some(({ column }) => column === id)) ??
    candidates[0]
  );
}

/** The unique index of whole columns for all rows with the fewest columns that may be NULL, and these. */
function nullableKey(
  table: Table,
  graph: SchemaGraph,
): { readonly index: EntityOf<'index'>; readonly columns: readonly string[] } | undefined {
  return graph
    .ownedBy(table.id, 'index')
    .filter(
      ({ isUnique, isValid, predicate, keys, nullsNotDistinct }) =>
        isUnique && isValid && predicate === null && !nullsNotDistinct && keys.every(({ column }) => column !== null),
    )
    .map((index) => {
      const columns = index.keys.flatMap(({ column }) => (column === null ? [] : graph.get('column', column)));
      return { index, columns: columns.filter(({ notNull }) => !notNull).map(({ name }) => name) };
    })
    .filter(({ columns }) => columns.length > 0)
    .sort((a, b) => a.columns.length - b.columns.length)[0];
}

function keyName({ keys }: EntityOf<'index'>, graph: SchemaGraph): string {
  return `(${keys.flatMap(({ column }) => (column === null ? [] : quoteIdentifier(graph.get('column', column).name))).join(', ')})`;
}

/**
 * The tables of Prisma's implicit many-to-many relations without a primary key: `_PostToTag` with columns "A" and "B", which
 * together are unique.
 */
const joinTables = askedOnce((graph): readonly Table[] =>
  graph.ofKind('table').filter((table) => {
    if (!table.name.name.startsWith('_') || graph.primaryKey(table.id) !== undefined) return false;
    // One of them comes last where the key it refers to got another type.
    const names = graph
      .columns(table.id)
      .map(({ name }) => name)
      .sort();
    const key = names.join() === 'A,B' ? candidateKey(table, graph) : undefined;
    return key?.keys.length === 2 && key.constraint === null;
  }),
);

function joinsFix(joins: readonly Table[], graph: SchemaGraph): Fix {
  return {
    title: 'Make their unique indexes the primary keys, as Prisma 6 does',
    safety: 'review',
    sql: joins
      .flatMap((each) => {
        const key = candidateKey(each, graph);
        return key === undefined ? [] : keyByIndex(each, key, graph, `${each.name.name}_AB_pkey`);
      })
      .join('\n'),
  };
}

/** With a name of its own: without one the key is called as the index, and the index says of itself no longer what it is. */
function keyByIndex(
  table: Table,
  { name: { schema, name: index } }: EntityOf<'index'>,
  graph: SchemaGraph,
  name = `${table.name.name}_pkey`,
): string {
  const isTaken = graph.relation({ schema, name }) !== undefined || name.length > 63;
  const constraint = isTaken ? '' : sql` constraint ${name}`;
  return sql`alter table ${table.name} add${raw(constraint)} primary key using index ${index};`;
}

/** What happens as often as it does: two rows of one pair are two events. */
const EVENTS: NamePatterns = [
  ...[
    '*_view',
    '*_visit',
    '*_click',
    '*_open',
    '*_impression',
    '*_download',
    '*_play',
    '*_scan',
    '*_check_in',
    '*_attempt',
  ],
  ...['*_purchase', '*_order', '*_payment', '*_message', '*_session', '*_history', '*_transaction', '*_usage'],
];

/** The two columns of a table that says of two others only that they belong together, and since when. */
function linkKey(table: Table, graph: SchemaGraph): readonly EntityOf<'column'>[] | undefined {
  const { name } = table.name;
  if (isNamed(name, EVENTS) || isNamed(name, TABLE_NAMES.events) || isNamed(name, TABLE_NAMES.audit)) return undefined;
  const keys = graph
    .ownedBy(table.id, 'foreignKey')
    .filter(({ columns, isEnforced, parent }) => columns.length === 1 && isEnforced && parent === null);
  const columns = graph.columns(table.id);
  const linked = columns.filter(({ id }) => keys.some((each) => each.columns[0] === id));
  const others = columns.filter((each) => !linked.includes(each));
  const isOfTime = others.every(({ type }) => TIMES.has(typeClass(graph, type)));
  return linked.length === 2 && isOfTime && linked.every(({ notNull }) => notNull) ? linked : undefined;
}

const TIMES: ReadonlySet<ReturnType<typeof typeClass>> = new Set(['timestamp', 'timestamptz']);

function fixFor(table: Table, candidate: EntityOf<'index'> | undefined, graph: SchemaGraph): Fix | undefined {
  if (candidate !== undefined && candidate.constraint === null && table.partitionKey === null) {
    return {
      title: 'Make the unique index the primary key',
      safety: 'review',
      sql: keyByIndex(table, candidate, graph),
    };
  }
  // A primary key beside a unique constraint on the same columns would be a second index.
  if (candidate !== undefined || table.partitionKey !== null) return undefined;
  const id = graph.column(table.id, 'id');
  if (id !== undefined) {
    return {
      title: 'Make id the primary key (fails if it is empty or there twice in some row)',
      safety: 'review',
      sql: sql`alter table ${table.name} add primary key (id);`,
    };
  }
  const link = linkKey(table, graph);
  if (link !== undefined) {
    const served = servedIndexes(graph, table.id, link);
    return {
      title: `Make ${andList(link.map(({ name }) => quoteIdentifier(name)))} together the primary key${servedText(served)} (fails while a pair is there twice: mend those first)`,
      safety: 'review',
      sql: [
        sql`alter table ${table.name} add primary key (${link.map(({ name }) => name)});`,
        ...served.map(dropServed),
      ].join('\n'),
    };
  }
  // "cannot recursively add identity column to table that has child tables", and theirs would have no key by it.
  if (childrenOf(graph, table).length > 0) return undefined;
  return {
    title: 'Add an identity column as the primary key (writes the whole table anew)',
    safety: 'review',
    sql: sql`alter table ${table.name} add column id bigint generated always as identity primary key;`,
  };
}
