// Long because a narrow key is widened with all that refers to it, and a schema full of them is one finding.
import {
  type AuditSettings,
  addTo,
  andList,
  brief,
  clientsMeetingRows,
  columnsWithRole,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  holdsOneRow,
  isHabit,
  isReferenceList,
  isUniqueAlone,
  isUsersOwn,
  quoteIdentifier,
  referringColumns,
  returnedText,
  returningFunctions,
  type SchemaGraph,
  sql,
  storedType,
  typeChange,
  untiedColumns,
  writesTo,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

const LARGEST: ReadonlyMap<string, string> = new Map([
  ['int2', '32 767'],
  ['int4', '2 147 483 647'],
]);
const SPELLED: ReadonlyMap<string, string> = new Map([
  ['int2', 'smallint'],
  ['int4', 'integer'],
]);

export default defineRule({
  meta: {
    id: 'integer-primary-key',
    category: 'integrity',
    severity: 'medium',
    summary: 'A generated primary key is of type integer or smallint.',
    why: 'When the sequence passes the largest value, every insert fails, and rows that were deleted or rolled back have used numbers up too. To widen a key then means to write the table, its indexes and every table that refers to it anew while the application stands still.',
    remedy:
      'Make the key bigint while the table is small, and with it the columns that refer to it. A function that returns the key by RETURN QUERY as integer has to be made again with it (DROP FUNCTION, then CREATE with its grants).',
    scope: [
      'Short lists that others refer to and that refer to nothing (languages, categories) stay small and are not reported, nor on Supabase those with a unique name to which neither clients nor functions add (plans), nor are tables for one row, which the history writes where there is none, and keys without a sequence, which are natural ones.',
      'Five integer keys or more of a schema are one finding; `"habit": 0` shows each.',
    ],
    messages: {
      key: '{{column}} is {{type}}: after number {{largest}} every insert into {{table}} fails{{children}}.{{returned}}',
      habit:
        '{{tables}} of {{schema}} have generated keys of type integer: each fails for good after number 2 147 483 647, and the larger it is the longer it takes to widen ({{some}}).{{returned}}',
    },
    restsOn: ['columns', 'constraints'],
    equivalents: [
      'squawk:prefer-bigint-over-int',
      'squawk:prefer-bigint-over-smallint',
      'active-record-doctor:short_primary_key_type',
    ],
    references: ['https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT'],
    optionDocs: { habit: 'So many keys of a schema that are integer are one finding, with one fix; 0 tells of each.' },
  },
  defaults: { habit: 5 },
  visit: {
    graph(graph, { options, settings, statements, isApart, report }) {
      const isOneRow = (table: Table) => holdsOneRow(graph, table, statements, settings.clientRoles);
      for (const [schema, keys] of narrowKeys(graph, settings, isOneRow)) {
        const ordinary = keys.filter(({ column, type }) => type === 'int4' && !isApart(column));
        const [first] = ordinary;
        const entity = graph.global('schema', schema);
        const isOne = isHabit(options.habit, ordinary.length) && first !== undefined && entity !== undefined;
        if (isOne) {
          report({
            entity,
            origin: first.column.origin,
            message: 'habit',
            data: {
              schema: quoteIdentifier(schema),
              tables: counted(ordinary.length, 'table'),
              some: andList(
                ordinary.map(({ table }) => quoteIdentifier(table.name.name)),
                8,
              ),
              returned: returnedBy(ordinary, graph),
            },
            fix: () => fixFor(ordinary, graph),
          });
        }
        for (const { table, column, type } of keys) {
          if (isOne && ordinary.some((each) => each.column === column)) continue;
          report({
            entity: column,
            message: 'key',
            data: {
              column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
              table: brief(table.name),
              type: SPELLED.get(type) ?? type,
              largest: LARGEST.get(type) ?? '',
              children: childrenOf(table, column, graph),
              returned: returnedBy([{ table, column }], graph),
            },
            fix: () => fixFor([{ table, column }], graph),
          });
        }
      }
    },
  },
});

interface NarrowKey {
  readonly table: Table;
  readonly column: Column;
  readonly type: string;
}

function narrowKeys(
  graph: SchemaGraph,
  settings: AuditSettings,
  isOneRow: (table: Table) => boolean,
): ReadonlyMap<string, readonly NarrowKey[]> {
  const bySchema = new Map<string, NarrowKey[]>();
  for (const { table: id, columns } of graph.ofKind('primaryKey')) {
    const table = graph.get('table', id);
    const [only, ...more] = columns;
    if (only === undefined || more.length > 0 || !isUsersOwn(graph, table) || table.isAssumed) continue;
    if (table.persistence !== 'permanent' || table.partitionOf !== null) continue;
    const column = graph.get('column', only);
    const stored = storedType(graph, column.type);
    if (stored?.name.schema !== 'pg_catalog' || !LARGEST.has(stored.name.name)) continue;
    if (column.isInherited || !isGenerated(column, graph) || isShortList(table, graph, settings)) continue;
    if (isOneRow(table)) continue;
    const keys = bySchema.get(table.name.schema) ?? [];
    bySchema.set(table.name.schema, [...keys, { table, column, type: stored.name.name }]);
  }
  return bySchema;
}

function childrenOf(table: Table, column: Column, graph: SchemaGraph): string {
  const children = new Set(referringColumns(graph, column).map((each) => each.relation));
  children.delete(table.id);
  const names = [...children]
    .map((each) => graph.get('table', each))
    .filter((each) => each.partitionOf === null)
    .map((each) => brief(each.name));
  return names.length === 0 ? '' : `, and ${andList(names, 4)} ${names.length === 1 ? 'refers' : 'refer'} to it`;
}

/** What is looked up and hardly ever added to: few columns, and no word of when a row was made. */
function isShortList(table: Table, graph: SchemaGraph, settings: AuditSettings): boolean {
  if (!isReferenceList(graph, table, settings.tenantColumns)) return false;
  const isSmall = graph.columns(table.id).length <= 5 && columnsWithRole(graph, table.id, 'created').length === 0;
  return isSmall || isCuratedList(table, graph, settings);
}

/** Plans, games: entries of one name each, which neither clients nor functions add. Behind another server than Supabase nobody knows who does. */
function isCuratedList(table: Table, graph: SchemaGraph, { platform, clientRoles }: AuditSettings): boolean {
  return (
    platform === 'supabase' &&
    columnsWithRole(graph, table.id, 'name').some((each) => isUniqueAlone(graph, each)) &&
    clientsMeetingRows(graph, table, 'insert', clientRoles).length === 0 &&
    writesTo(graph, table.id).every(({ write }) => write.kind !== 'insert')
  );
}

/** By identity, serial or another sequence: the value itself means nothing. */
function isGenerated(column: Column, graph: SchemaGraph): boolean {
  if (column.identity !== null) return true;
  return column.default?.references.some(({ target }) => graph.find(target)?.kind === 'sequence') === true;
}

/** What refers to the keys is widened with them, and what holds their values without a foreign key, where nothing reads it that keeps its type. */
function widenedWith(keys: readonly Pick<NarrowKey, 'column'>[], graph: SchemaGraph): ReadonlySet<Column['id']> {
  const widened = new Set<Column['id']>();
  for (const { column } of keys)
    for (const each of [column, ...referringColumns(graph, column)]) if (isNarrow(each, graph)) widened.add(each.id);
  for (const each of untiedTo(keys, graph))
    if (each.type?.entity === undefined && typeChange(graph, each) !== 'refused') widened.add(each.id);
  return widened;
}

function isNarrow({ type }: Column, graph: SchemaGraph): boolean {
  return LARGEST.has(storedType(graph, type)?.name.name ?? '');
}

/** Columns named after the tables that are as narrow as their keys, and have no foreign key. */
function untiedTo(keys: readonly Pick<NarrowKey, 'column'>[], graph: SchemaGraph): readonly Column[] {
  const untied = untiedColumns(graph);
  return keys.flatMap(({ column }) => (untied.get(column.id) ?? []).filter((each) => isNarrow(each, graph)));
}

/** Why there is no fix, as another sentence. */
function returnedBy(keys: readonly Pick<NarrowKey, 'table' | 'column'>[], graph: SchemaGraph): string {
  const functions = returningFunctions(graph, widenedWith(keys, graph));
  return functions.length === 0 ? '' : ` ${returnedText(functions, 'such a number')}.`;
}

/** The keys, their sequences and all that refers to them: a key that is wider than its parent fails just as well. */
function fixFor(keys: readonly Pick<NarrowKey, 'table' | 'column'>[], graph: SchemaGraph): Fix | undefined {
  const widened = widenedWith(keys, graph);
  if (returningFunctions(graph, widened).length > 0) return undefined;
  const byTable = new Map<Column['relation'], Column[]>();
  for (const each of [...widened].map((id) => graph.get('column', id))) {
    // What a parent gives its partitions and heirs follows by itself.
    if (each.isInherited) continue;
    if (each.type?.entity !== undefined || typeChange(graph, each) === 'refused') return undefined;
    addTo(byTable, each.relation, each);
  }
  const changes = [...byTable].map(([id, columns]) => {
    const actions = columns.map((each) => sql`alter column ${each.name} type bigint`).join(',\n  ');
    return `${sql`alter table ${graph.get('table', id).name}`}\n  ${actions};`;
  });
  // The sequence of an identity column follows by itself, that of a serial does not.
  const sequences = keys.flatMap(({ column }) =>
    graph
      .dependentsOfKind(column.id, 'sequence')
      .filter((each) => each.ownedBy === column.id && !each.isIdentity && each.dataType !== 'bigint')
      .map((each) => sql`alter sequence ${each.name} as bigint;`),
  );
  const left = untiedTo(keys, graph).filter(({ id }) => !widened.has(id));
  const leftText = andList(
    left.map((each) => `${brief(graph.get('table', each.relation).name)}.${quoteIdentifier(each.name)}`),
    4,
  );
  return {
    title: `Make ${keys.length === 1 ? 'the key' : 'the keys'} bigint, and what refers to ${keys.length === 1 ? 'it' : 'them'} (writes ${counted(byTable.size, 'table')} anew, each under an exclusive lock${left.length === 0 ? '' : `; widen ${leftText} by hand, as others read it by its type`})`,
    safety: 'review',
    sql: [...changes, ...sequences].join('\n'),
  };
}
