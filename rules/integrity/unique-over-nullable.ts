import {
  addsTwins,
  bornBy,
  brief,
  type Change,
  defineRule,
  type EntityId,
  type EntityOf,
  expectedValue,
  type Fix,
  firstWithSameKey,
  forbidNull,
  forbidNulls,
  hasRole,
  indexDefinition,
  isNamed,
  isNullable,
  isNullMeant,
  isRestedOn,
  keysText,
  letBeNullBy,
  type NamePatterns,
  nullableKeys,
  nullGaps,
  nullsInHistory,
  openKeys,
  orList,
  quoteIdentifier,
  raw,
  rowOf,
  type SchemaGraph,
  sql,
  tenantColumns,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Index = EntityOf<'index'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'unique-over-nullable',
    category: 'integrity',
    severity: 'medium',
    summary: 'A unique key has a column that may be NULL, and lets duplicates in through it.',
    why: 'For a unique key no NULL equals another, so two rows that agree in all else are both stored. ON CONFLICT finds no conflict either: an upsert adds one row after the other.',
    remedy: 'Say NULLS NOT DISTINCT (Postgres 15), add a partial unique index for the rows with NULL, or forbid NULL.',
    scope: [
      'A single optional value (phone, external id), alone or within what the row belongs to, is meant to be there many times as NULL and not reported, nor is a whole reference that may be missing (a unique key over the columns of one foreign key), nor one that a migration let be NULL when the key was there, nor a key of optional values that names the parent of a row in the same table, as the first of a tree have none, nor what a routine adds two rows of that agree in all else; low where the one optional column refers to rows whose deletion empties it, or rows without a reference belong to somebody whom the key does not name, so that those of different owners may agree by right; a column that for other reasons should not be NULL is reported by missing-not-null.',
    ],
    messages: {
      gap: '{{table}} may hold the same {{rest}} any number of times where {{columns}} is NULL: the unique key {{key}} takes no NULL for equal to another.',
      emptied:
        '{{table}} may hold the same {{rest}} any number of times where {{columns}} is NULL, which deleting {{parent}} makes it: such rows have to be there side by side, which is why this is low. The unique key is {{key}}.',
      all: '{{table}} may hold any number of rows in which a part of {{key}} is NULL: the unique key takes no NULL for equal to another.',
      link: '{{table}} links {{pair}}, but either may be NULL: any number of rows that link nothing fit, as the unique key {{key}} takes no NULL for equal to another.',
      softDelete:
        '{{table}} may hold the same {{rest}} any number of times as long as {{columns}} is NULL, and so for all rows that are not deleted: the unique key {{key}} guards the deleted ones only.',
      single:
        'Any number of {{table}} rows may be without {{columns}}: the column is unique, so that {{parent}} has one at most, but nothing says that a row needs one.',
    },
    restsOn: ['columns', 'constraints', 'indexes'],
    equivalents: ['schemacrawler:NullColumnsInIndex'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS'],
  },
  visit: {
    index(index, { graph, journal, statements, settings, report }) {
      const table = graph.find(index.relation);
      if (table?.kind !== 'table' || table.isAssumed || table.persistence === 'temporary') return;
      if (table.partitionOf !== null || index.parent !== null || !index.isUnique || !index.isValid) return;
      const tenants = tenantColumns(graph, settings.tenantColumns);
      if (index.keys.length === 1) {
        const owner = onlyOwner(index, table, tenants, graph);
        if (owner === undefined || wasLetBeNull(journal, owner.column, index)) return;
        report({
          entity: index,
          origin: originOf(index, graph),
          message: 'single',
          data: {
            table: brief(table.name),
            columns: quoteIdentifier(owner.column.name),
            parent: `each row of ${brief(graph.get('table', owner.parent).name)}`,
          },
          fix: () => forbidNull(graph, owner.column),
        });
        return;
      }
      const gapsOf = (key: Index): readonly Column[] =>
        nullGaps(graph, key).filter(
          (each) => expectedValue(graph, each, tenants).length === 0 && !wasLetBeNull(journal, each, key),
        );
      const gaps = gapsOf(index);
      if (gaps.length === 0) return;
      const first = firstWithSameKey(graph, index);
      if (first.id !== index.id && gapsOf(first).length > 0) return;
      const others = index.keys.filter((key) => !gaps.some((each) => each.id === key.column));
      const told = others.flatMap(({ column }) => column ?? []);
      const gapIds = gaps.map(({ id }) => id);
      if (told.length > 0 && told.length === others.length && addsTwins(graph, table.id, told, gapIds)) return;
      const optional = openKeys(graph, index);
      const rest = index.keys.filter((key) => !optional.some((each) => each.id === key.column));
      const about = {
        entity: index,
        origin: originOf(index, graph),
        fix: () =>
          isOneRowWithout(gaps, index, graph) && !isOfOthers(gaps, index, graph)
            ? fixFor(index, table, graph)
            : undefined,
      } as const;
      const key = keysText(graph, index);
      if (rest.length === 0 && (isOptionalReference(index, table, graph) || isOfChildren(index, table, graph))) return;
      const pair = rest.length === 0 ? linkedPair(index, gaps, graph) : undefined;
      if (pair !== undefined) {
        const named = pair.map((each) => rowOf(brief(graph.get('table', each).name)));
        const told = { table: brief(table.name), key, pair: `${named.join(' with ')}` };
        report({ ...about, message: 'link', data: told, fix: () => forbidNulls(graph, gaps) });
        return;
      }
      if (rest.length === 0) {
        report({ ...about, message: 'all', data: { table: brief(table.name), key } });
        return;
      }
      const restText = keysText(graph, { keys: rest });
      const columns = orList(optional.map((each) => quoteIdentifier(each.name)));
      const data = {
        table: brief(table.name),
        key,
        rest: rest.length === 1 ? restText.slice(1, -1) : restText,
        columns,
      };
      const blank = nullsInHistory(graph, journal, statements);
      // Rows that the migrations themselves add without it are no left-overs of what was deleted.
      const isSeeded = optional.some(({ id }) => blank.has(id));
      const [emptying] =
        optional.length === 1 && !isSeeded ? optional.flatMap((each) => emptyingKeys(each, graph)) : [];
      const isSoft = gaps.length === 1 && gaps.every((each) => hasRole(graph, each, 'softDelete'));
      if (isSoft) report({ ...about, message: 'softDelete', data, severity: 'high' });
      else if (emptying !== undefined) {
        const parent = rowOf(brief(graph.get('table', emptying.referencedTable).name));
        report({ ...about, message: 'emptied', data: { ...data, parent }, severity: 'low' });
      } else report({ ...about, message: 'gap', data, ...(isOfOthers(gaps, index, graph) ? { severity: 'low' } : {}) });
    },
  },
});

/** A DROP NOT NULL came when the key was there: several rows without a value were wanted. */
function wasLetBeNull(journal: readonly Change[], column: Column, index: Index): boolean {
  const dropped = letBeNullBy(journal, column.id);
  const made = bornBy(journal, index.id);
  return dropped !== undefined && (made === undefined || made.index < dropped.index);
}

/** The line of the constraint, where there is one. */
function originOf(index: Index, graph: SchemaGraph): Index['origin'] {
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  return constraint?.origin ?? index.origin;
}

/** A single unique column that refers to the one thing a row can belong to, and says nothing of rows without it. */
function onlyOwner(
  { keys: [key], nullsNotDistinct, predicate }: Index,
  table: Table,
  tenants: ReadonlySet<EntityId>,
  graph: SchemaGraph,
): { readonly column: Column; readonly parent: EntityId } | undefined {
  if (key?.column == null || nullsNotDistinct || predicate !== null) return undefined;
  const column = graph.get('column', key.column);
  if (column.isInherited || !isNullable(graph, column) || isNullMeant(graph, column)) return undefined;
  const [only, ...others] = graph.ownedBy(table.id, 'foreignKey').filter((each) => each.parent === null);
  if (only === undefined || others.length > 0 || only.columns.length > 1 || only.columns[0] !== column.id)
    return undefined;
  if (only.onDelete === 'set null' || only.onDelete === 'set default' || isNamed(column.name, SOURCES))
    return undefined;
  if (only.referencedTable === table.id || expectedValue(graph, column, tenants).length > 0) return undefined;
  return { column, parent: only.referencedTable };
}

/** Where a row came from is not what it belongs to: others come from elsewhere (a ledger's entry that a person makes). */
const SOURCES: NamePatterns = ['source_*', 'origin_*', 'original_*', 'related_*', 'from_*', 'converted_from_*'];

/** What the rows of the key link: its two columns are keys to two other tables, neither of which is emptied. */
function linkedPair(index: Index, gaps: readonly Column[], graph: SchemaGraph): readonly EntityId[] | undefined {
  const keys = graph.ownedBy(index.relation, 'foreignKey').filter((each) => each.parent === null);
  const linked = gaps.flatMap(({ id }) => {
    const [key, ...others] = keys.filter(({ columns }) => columns.includes(id));
    const isEmptied = key?.onDelete === 'set null' || key?.onDelete === 'set default';
    return key === undefined || key.columns.length > 1 || others.length > 0 || isEmptied ? [] : [key.referencedTable];
  });
  const isPair = index.keys.length === 2 && linked.length === 2 && new Set([...linked, index.relation]).size === 3;
  return isPair ? linked : undefined;
}

/**
 * Is NULL in these columns meant for one row at most: all that may be NULL in the key are gaps, so that no other optional value
 * keeps rows apart, and no foreign key empties one, which for the second row would fail.
 */
function isOneRowWithout(gaps: readonly Column[], index: Index, graph: SchemaGraph): boolean {
  const mayBeNull = ({ expression }: Index['keys'][number]) =>
    expression !== null &&
    !('CoalesceExpr' in expression.tree) &&
    expression.references.some(({ target }) => {
      const column = graph.find(target);
      return column?.kind === 'column' && isNullable(graph, column);
    });
  return (
    nullableKeys(graph, index).every((each) => gaps.includes(each) && emptyingKeys(each, graph).length === 0) &&
    !index.keys.some(mayBeNull)
  );
}

/**
 * Do rows without it belong to others who have nothing to do with each other: what is empty led to whose the row is, another column that is no part of
 * the key does so as well, and nothing else in the key? Taken for equal, two users could not both have such a row.
 */
function isOfOthers(gaps: readonly Column[], index: Index, graph: SchemaGraph): boolean {
  const referring = new Set(graph.ownedBy(index.relation, 'foreignKey').flatMap(({ columns }) => columns));
  const keyed = new Set(index.keys.flatMap(({ column }) => column ?? []));
  const isEmpty = (id: EntityId) => gaps.some((each) => each.id === id);
  return (
    gaps.some(({ id }) => referring.has(id)) &&
    ![...keyed].some((id) => referring.has(id) && !isEmpty(id)) &&
    graph.columns(index.relation).some(({ id, notNull }) => notNull && referring.has(id) && !keyed.has(id))
  );
}

/** The foreign keys by which deleting a row elsewhere empties the column. */
function emptyingKeys(column: Column, graph: SchemaGraph): readonly EntityOf<'foreignKey'>[] {
  return graph.foreignKeysOf(column).filter(({ columns, onDelete, setColumns }) => {
    const emptied = setColumns.length === 0 ? columns : setColumns;
    return onDelete === 'set null' && emptied.includes(column.id);
  });
}

/** The same key with NULLS NOT DISTINCT; not where foreign keys rest on it, which would have to go and come too. */
function fixFor(index: Index, table: Table, graph: SchemaGraph): Fix | undefined {
  if (isRestedOn(graph, index) || index.method !== 'btree' || table.partitionKey !== null) return undefined;
  const about = {
    title: 'Let NULL count as a value in it (from Postgres 15 on; fails while there are duplicates)',
    safety: 'review',
  } as const;
  const include = index.include.length === 0 ? '' : sql` include (${graph.columnNames(index.include)})`;
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  if (constraint?.kind === 'uniqueConstraint') {
    const deferrable = `${constraint.isDeferrable ? ' deferrable' : ''}${constraint.isInitiallyDeferred ? ' initially deferred' : ''}`;
    return {
      ...about,
      sql: sql`alter table ${table.name}
  drop constraint ${constraint.name},
  add constraint ${constraint.name} unique nulls not distinct (${graph.columnNames(constraint.columns)})${raw(include)}${raw(deferrable)};`,
    };
  }
  const definition = indexDefinition(graph, index, { name: index.name.name, nullsNotDistinct: true });
  if (constraint !== undefined || definition === undefined) return undefined;
  return { ...about, sql: [sql`drop index ${index.name};`, `${definition};`].join('\n') };
}

/** Does the key name the row of the same table that a row is a part of, and nothing that each row has? The first of a tree are part of none, and meant to be many. */
function isOfChildren({ keys }: Index, table: Table, graph: SchemaGraph): boolean {
  return graph
    .ownedBy(table.id, 'foreignKey')
    .some(
      (key) =>
        key.referencedTable === table.id && keys.some(({ column }) => column !== null && key.columns.includes(column)),
    );
}

/** Are its columns those of one foreign key, of which each row may do without? */
function isOptionalReference({ keys }: Index, table: Table, graph: SchemaGraph): boolean {
  const columns = new Set(keys.map(({ column }) => column));
  return graph
    .ownedBy(table.id, 'foreignKey')
    .some((key) => key.columns.length === columns.size && key.columns.every((each) => columns.has(each)));
}
