import {
  brief,
  conflictsNaming,
  defineRule,
  type EntityId,
  type EntityOf,
  type Fix,
  isRestedOn,
  keysText,
  type OutdoneKey,
  outdoneKey,
  relatedAt,
  type SchemaGraph,
  spoken,
  sql,
  tenantColumns,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'outdone-unique-key',
    category: 'integrity',
    severity: 'medium',
    summary: 'A unique key never refuses a row, since an older one over some of its columns refuses it first.',
    why: 'Whoever makes a key wider (a tenant comes, and each may have its own number 7) and leaves the narrower one there has changed nothing: the second tenant is refused by it. ON CONFLICT on the wider key does not help, as it answers for that key alone: the insert fails with 23505.',
    remedy: 'Drop the narrower key where the wider one is the rule, else the wider one.',
    scope: [
      'Not reported: a key that a foreign key refers to, or that is the primary key; one beside the primary key or beside a value that is made anew for each row; one whose added column is that of the row it refers to; and keys of one file, where no ON CONFLICT names the wider one. High where one does.',
    ],
    messages: {
      outdone:
        '{{table}} takes each {{columns}} once, whatever its {{added}}: the {{narrow}} is still there, so that {{wide}} never refuses a row.',
      failing:
        '{{table}} takes each {{columns}} once, whatever its {{added}}: the {{narrow}} stands beside {{wide}}. {{function}} names the latter in ON CONFLICT, and fails with 23505 where a row with another {{added}} has the {{columns}}.',
    },
    restsOn: ['columns', 'constraints', 'indexes'],
    references: ['https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT'],
  },
  visit: {
    index(index, { graph, journal, settings, report }) {
      const table = graph.find(index.relation);
      if (table?.kind !== 'table' || table.isAssumed || table.persistence === 'temporary') return;
      if (table.partitionOf !== null || table.partitionKey !== null) return;
      const outdone = outdoneKey(graph, journal, index);
      const [narrow] = outdone?.by ?? [];
      if (outdone === undefined || narrow === undefined) return;
      const { added, areOlder, by, conflicts } = outdone;
      const data = {
        table: brief(table.name),
        columns: listed(
          graph,
          narrow.keys.flatMap(({ column }) => column ?? []),
        ),
        added: listed(graph, added),
        narrow: `${areOlder ? 'older ' : ''}unique key ${keysText(graph, narrow)}`,
        wide: keysText(graph, index),
      };
      const tenants = tenantColumns(graph, settings.tenantColumns);
      const about = {
        entity: index,
        origin: originOf(graph, index),
        related: by.flatMap((each) => {
          const note = `the unique key ${keysText(graph, each)}`;
          return relatedAt({ origin: originOf(graph, each) }, note);
        }),
        fix: () => fixFor(graph, table, index, outdone, tenants),
      } as const;
      const [writing] = conflicts;
      if (writing === undefined) report({ ...about, message: 'outdone', data });
      else
        report({ ...about, message: 'failing', data: { ...data, function: spoken(writing.holder) }, severity: 'high' });
    },
  },
});

/** One name as it is, several in brackets. */
function listed(graph: SchemaGraph, columns: readonly EntityId[]): string {
  const names = graph.columnsText(columns);
  return columns.length === 1 ? names : `(${names})`;
}

/** The line of the constraint, where there is one. */
function originOf(graph: SchemaGraph, index: Index): Index['origin'] {
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  return constraint?.origin ?? index.origin;
}

/** Without the narrower key where what was added says whose the row is; without the wider one where nothing of the schema asks for it. */
function fixFor(
  graph: SchemaGraph,
  table: Table,
  index: Index,
  { areOlder, added, by, conflicts }: OutdoneKey,
  tenants: ReadonlySet<EntityId>,
): Fix | undefined {
  const isOfTenant = added.some((each) => tenants.has(each));
  if (areOlder && isOfTenant) {
    const isFree = by.every(
      (each) =>
        !isRestedOn(graph, each) && conflictsNaming(graph, each).length === 0 && !servesReference(graph, each, index),
    );
    if (!isFree) return undefined;
    return {
      title: `Let ${listed(graph, added)} tell them apart, as the wider key has it`,
      safety: 'review',
      sql: by.map((each) => dropped(graph, table, each)).join('\n'),
    };
  }
  if (conflicts.length > 0 || isOfTenant) return undefined;
  return {
    title: 'Drop the wider key, if no upsert of the application names it (drop the other one if this is the rule)',
    safety: 'review',
    sql: dropped(graph, table, index),
  };
}

/** Does a foreign key of the table find its rows by the narrower key, and not by the wider one, whose first columns are others? */
function servesReference(graph: SchemaGraph, narrow: Index, wide: Index): boolean {
  const columns = narrow.keys.map(({ column }) => column);
  const isLeading = wide.keys.slice(0, columns.length).every(({ column }) => columns.includes(column));
  return (
    !isLeading && graph.ownedBy(narrow.relation, 'foreignKey').some((key) => columns.includes(key.columns[0] ?? null))
  );
}

function dropped(graph: SchemaGraph, table: Table, index: Index): string {
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  return constraint?.kind === 'uniqueConstraint'
    ? sql`alter table ${table.name} drop constraint ${constraint.name};`
    : sql`drop index ${index.name};`;
}
