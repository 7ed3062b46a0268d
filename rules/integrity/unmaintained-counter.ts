import {
  admittedClients,
  brief,
  COLUMN_NAMES,
  clientsMeetingRows,
  columnsOpenTo,
  columnsSetByTriggers,
  columnsWithRole,
  constantText,
  countedTable,
  defineRule,
  type EntityOf,
  type Fix,
  foldBoolean,
  goesBy,
  guardOfChange,
  isFreeForFunction,
  isOfPeriod,
  isRunRecord,
  isSeeded,
  type NamePatterns,
  opaqueRoutines,
  quoteIdentifier,
  raw,
  reckonedFrom,
  referencedColumn,
  rowField,
  type SchemaGraph,
  spoken,
  sql,
  standingTable,
  surelyRefused,
  valueChecks,
  writesTo,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

const COUNTERS: NamePatterns = COLUMN_NAMES.counter;

export default defineRule({
  meta: {
    id: 'unmaintained-counter',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary:
      'A column counts the rows of another table, or says what they come to, and nothing in the schema keeps it right.',
    why: 'Each writer must remember to count, in the same transaction and by adding to what is there. One that reads the number and writes it back loses what others counted meanwhile; rows that a cascade or a script deletes are counted for ever.',
    remedy:
      'Count when reading (a view, a computed field), or let triggers of the counted table keep the number. Where a trigger of the table itself refuses that the number changes, one that counts fails by it as well, for whoever that trigger asks for: let that pass first (WHEN (pg_trigger_depth() = 0), as the UPDATE then comes from a trigger).',
    scope: [
      'Only columns named for a table that refers to theirs are meant (word_count counts no rows) that may be 0 and start so (a default of 12 is a setting), no total that may have a fraction (numeric), as that is a sum, and only where clients or functions of the schema write that table: what an application writes it may count.',
      'Not meant is a table of which each row records one run with many rows, such as an export with its file: it counts what was in it then.',
      'A function that writes a calculated value counts as keeping it; one that resets it to a constant does not.',
      'The same goes for an average (rating_average) of what a table beside it holds, and a number of what is completed, where nothing but a server with the service key may write it and something picks or sorts by it.',
    ],
    messages: {
      clients:
        '{{column}} counts {{child}} rows, which clients {{deeds}} by themselves, and no trigger or function of the schema changes it then.{{guard}}',
      function:
        '{{column}} counts {{child}} rows, but {{function}} adds or deletes some without counting, and no trigger or function of the schema does.{{guard}}',
      unwritten:
        'Nothing writes {{column}}: no trigger or function of the schema does, and clients may not{{refused}}. Unless a server with the service key does, it stays {{first}} in every row, whatever {{rows}} says, and {{reader}} picks or sorts by it.',
    },
    restsOn: ['columns', 'triggers', 'functions', 'constraints', 'privileges', 'policies', 'rowSecurity'],
    references: ['https://www.postgresql.org/docs/current/plpgsql-trigger.html'],
    optionDocs: { columns: 'Names of columns that count rows, by whole words.' },
  },
  defaults: { columns: COUNTERS },
  visit: {
    table({ id }, { graph, options, settings, statements, report }) {
      const table = standingTable(graph, id);
      if (table === undefined || isRunRecord(graph, table)) return;
      for (const column of columnsWithRole(graph, id, 'counter', options.columns)) {
        const child = countedTable(graph, column);
        if (child === undefined || column.isInherited || isMaintained(graph, column)) continue;
        if (isSetting(graph, column)) continue;
        const guard = guardOfChange(graph, column);
        const data = { column: nameOf(table, column), child: brief(child.name), guard: guardText(guard) };
        const about = { entity: column, fix: () => (guard ? undefined : fixFor(graph, table, column, child)) };
        const deeds = clientDeeds(graph, child, settings.clientRoles);
        const writer = writerOf(graph, child);
        if (deeds.length > 0) report({ ...about, message: 'clients', data: { ...data, deeds: deeds.join(' or ') } });
        else if (writer !== undefined)
          report({ ...about, message: 'function', data: { ...data, function: brief(writer.name) } });
      }
      for (const column of graph.columns(id)) {
        const reckoned = column.isInherited ? undefined : reckonedFrom(graph, column);
        const first = constantText(column.default?.tree) ?? 'NULL';
        if (reckoned === undefined || isMaintained(graph, column) || isSetting(graph, column)) continue;
        const { child, by } = reckoned;
        const isAdded = clientDeeds(graph, child, settings.clientRoles).includes('add') || writerOf(graph, child);
        const guard = guardOfChange(graph, column);
        const reader = goesBy(graph, column);
        if (!isAdded || reader === undefined || isSeeded(statements, table)) continue;
        if (guard === undefined && isOpen(graph, table, column, settings.clientRoles)) continue;
        report({
          entity: column,
          message: 'unwritten',
          data: {
            column: nameOf(table, column),
            reader: spoken(reader),
            refused: guard === undefined ? '' : ` (the trigger ${quoteIdentifier(guard.name)} raises an error)`,
            first,
            rows: `${brief(child.name)}.${quoteIdentifier(by.kind === 'average' ? by.of.name : by.state.name)}`,
          },
        });
      }
    },
  },
});

function nameOf({ name }: Table, column: Column): string {
  return `${brief(name)}.${quoteIdentifier(column.name)}`;
}

/** A trigger that counts would run for whoever adds the row, and be refused as he is. */
function guardText(guard: EntityOf<'trigger'> | undefined): string {
  if (guard === undefined) return '';
  return ` The trigger ${quoteIdentifier(guard.name)} raises an error where the number changes, so that one which counts is to be let pass there first.`;
}

/** A function that adds or deletes rows. */
function writerOf(graph: SchemaGraph, child: Table): EntityOf<'function'> | undefined {
  const writer = writesTo(graph, child.id).find(({ write }) => write.kind === 'insert' || write.kind === 'delete');
  return writer?.holder.kind === 'function' ? writer.holder : undefined;
}

/** May clients write the column themselves? */
function isOpen(graph: SchemaGraph, table: Table, column: Column, clientRoles: readonly string[]): boolean {
  if (!graph.isKnown(table, 'rowSecurity')) return true;
  return (['insert', 'update'] as const).some((command) => {
    const clients = admittedClients(graph, table, clientRoles, [command]);
    return columnsOpenTo(graph, table, clients).includes(column);
  });
}

/** A number that somebody chooses: it starts with another one than 0, or may never be 0. */
function isSetting(graph: SchemaGraph, column: Column): boolean {
  const first = column.default === null ? null : constantText(column.default.tree);
  if (first !== null && Number(first) !== 0) return true;
  return valueChecks(graph, column).some(
    ({ constraint, condition, isDomains }) =>
      !isDomains &&
      foldBoolean(condition, (node) =>
        referencedColumn(node, constraint.expression) === column.id ? 0 : undefined,
      ) === false,
  );
}

/** What privileges and policies really let clients do with the counted rows, and no trigger refuses. */
function clientDeeds(graph: SchemaGraph, child: Table, clientRoles: readonly string[]): readonly string[] {
  if (!graph.isKnown(child, 'rowSecurity')) return [];
  const may = (command: 'insert' | 'delete') => clientsMeetingRows(graph, child, command, clientRoles).length > 0;
  const isDeleted = may('delete') && !surelyRefused(graph, child.id).has('delete');
  return [...(may('insert') ? ['add'] : []), ...(isDeleted ? ['delete'] : [])];
}

function isMaintained(graph: SchemaGraph, column: Column): boolean {
  if (column.generated !== null) return true;
  for (const event of ['insert', 'update'] as const) {
    const { sets, unknown } = columnsSetByTriggers(graph, column.relation, event);
    if (unknown.length > 0) return true;
    const own = sets.filter((each) => each.column === column.id && each.assignment?.constant === null);
    if (own.some(({ assignment }) => rowField(assignment?.value?.tree)?.row !== 'old')) return true;
  }
  const isWritten = writesTo(graph, column.relation).some(({ write }) =>
    [...write.sets, ...(write.onConflict?.sets ?? [])].some(
      (each) => each.column === column.id && each.constant === null && each.from !== 'default',
    ),
  );
  // What EXECUTE runs, or another language does, may well be this.
  return isWritten || opaqueRoutines(graph).some(({ routine }) => routine.body?.text.includes(column.name) !== false);
}

/** Statement triggers, which see all rows of a statement at once: one update for each parent and statement. */
function fixFor(graph: SchemaGraph, table: Table, column: Column, child: Table): Fix | undefined {
  const key = graph.referencedBy(table.id).find((each) => each.table === child.id);
  const [from, ...more] = graph.columnNames(key?.columns ?? []);
  const [to] = graph.columnNames(key?.referencedColumns ?? []);
  // Which rows are of this week the triggers would not know.
  if (from === undefined || to === undefined || more.length > 0 || child.partitionOf !== null || isOfPeriod(column))
    return undefined;
  const called = { schema: table.name.schema, name: `keep_${table.name.name}_${column.name}` };
  if (!isFreeForFunction(graph, called)) return undefined;
  const trigger = (event: string, rows: string) =>
    sql`create trigger ${`${column.name}_${event}`} after ${raw(event)} on ${child.name}
  referencing ${raw(rows)} for each statement execute function ${called}();`;
  const adding = (counted: string) =>
    sql`update ${table.name} as parent
    set ${column.name} = coalesce(parent.${column.name}, 0) + counted.n
    from (${raw(counted)}) as counted
    where parent.${to} = counted.id;`;
  return {
    title: 'Keep the number by triggers and count once (say which rows count, if not all do)',
    safety: 'review',
    sql: [
      sql`create function ${called}()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    ${raw(adding(sql`select added.${from} as id, count(*) as n from added group by added.${from}`))}
  elsif tg_op = 'DELETE' then
    ${raw(adding(sql`select removed.${from} as id, -count(*) as n from removed group by removed.${from}`))}
  else
    ${raw(
      adding(sql`
      select moved.id, sum(moved.n) as n
      from (
        select added.${from} as id, 1 as n from added
        union all
        select removed.${from}, -1 from removed
      ) as moved
      group by moved.id
      having sum(moved.n) <> 0
    `),
    )}
  end if;
  return null;
end;
$$;`,
      sql`revoke execute on function ${called}() from public;`,
      trigger('insert', 'new table as added'),
      trigger('delete', 'old table as removed'),
      trigger('update', 'old table as removed new table as added'),
      sql`update ${table.name} as parent
set ${column.name} = counted.n
from (
  select p.${to} as id, count(c.${from}) as n
  from ${table.name} as p left join ${child.name} as c on c.${from} = p.${to}
  group by p.${to}
) as counted
where counted.id = parent.${to} and parent.${column.name} is distinct from counted.n;`,
    ].join('\n'),
  };
}
