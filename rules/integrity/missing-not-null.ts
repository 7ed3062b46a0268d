// Long because it holds every reason to expect a value, each with what a NULL does.
import {
  andList,
  brief,
  callerColumns,
  defineRule,
  type EntityOf,
  type Fix,
  isNamed,
  isNeverNull,
  isNullable,
  isNullMeant,
  keysText,
  quoteIdentifier,
  type SchemaGraph,
  sql,
  tenantColumns,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** Why a value is to be expected, and what a NULL does, the weightiest first. */
interface Reason {
  readonly because: string;
  readonly effect: string;
}

export default defineRule({
  meta: {
    id: 'missing-not-null',
    category: 'integrity',
    severity: 'medium',
    summary: 'A column may be NULL for no visible reason.',
    why: 'Comparisons with NULL are neither true nor false: such rows slip through conditions, unique keys and policies, and every reader needs a branch for a case that nobody meant.',
    remedy:
      'Fill what is empty and add NOT NULL. Where NULL has a meaning, show it: a CHECK, an index or a view that asks for it, ON DELETE SET NULL or NULLS NOT DISTINCT, and the column is no longer reported.',
    messages: { nullable: '{{column}} may be NULL although {{reasons}}: {{effect}}.' },
    restsOn: ['columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL'],
    optionDocs: {
      createdColumns: 'Names of columns that say when a row was made, by whole words.',
      updatedColumns:
        'Names of columns that say when a row was changed, by whole words; reported if they have a default.',
    },
  },
  defaults: {
    createdColumns: [
      'created',
      'created_at',
      'created_on',
      'created_date',
      'date_created',
      'creation_date',
      'inserted_at',
    ],
    updatedColumns: [
      'updated',
      'updated_at',
      'updated_on',
      'updated_date',
      'date_updated',
      'modified_at',
      'last_modified',
    ],
  },
  visit: {
    column(column, { graph, options, settings, report }) {
      const table = graph.find(column.relation);
      if (table?.kind !== 'table' || table.isAssumed || table.persistence === 'temporary') return;
      // What a parent gives its children is the parent's to answer for.
      if (column.isInherited || table.partitionOf !== null) return;
      if (column.identity !== null || column.generated !== null || !isNullable(graph, column)) return;
      if (isNullMeant(graph, column)) return;
      const tenants = tenantColumns(graph, settings.tenantColumns);
      const isBoolean = isOfType(column, 'bool');
      const weighty = [
        ...(tenants.has(column.id) && isTenantKey(column, tenants, graph) ? [TENANT] : []),
        ...cascadeReason(column, table, tenants, graph),
        ...uniqueReason(column, graph),
      ];
      const light = [
        ...defaultReason(column, isBoolean, graph),
        ...timestampReason(column, options.createdColumns, options.updatedColumns),
        ...(isBoolean && column.default === null ? [BOOLEAN] : []),
      ];
      const [first, ...others] = [...weighty, ...light];
      if (first === undefined) return;
      report({
        entity: column,
        message: 'nullable',
        data: {
          column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
          reasons: andList([first, ...others].map((each) => each.because)),
          effect: first.effect,
        },
        severity: isBoolean && weighty.length === 0 ? 'low' : 'medium',
        fix: fixFor(column, table, graph),
      });
    },
  },
});

const THIRD_STATE = 'NULL is a third state that neither true nor false finds';
const TENANT: Reason = {
  because: 'policies decide by it whose a row is',
  effect: "a row without it is nobody's",
};
const BOOLEAN: Reason = { because: 'it is a yes or no', effect: THIRD_STATE };

/**
 * A column of a tenant's name by which the policies of its own table decide, or which refers to a table that belongs to no
 * tenant itself: `sale_id` only leads to a row that has one.
 */
function isTenantKey(column: Column, tenants: ReadonlySet<Column['id']>, graph: SchemaGraph): boolean {
  if (callerColumns(graph).has(column.id)) return true;
  const key = graph.ownedBy(column.relation, 'foreignKey').find((each) => each.columns.includes(column.id));
  return key !== undefined && !graph.columns(key.referencedTable).some((each) => tenants.has(each.id));
}

/** Only of the row's one owner: beside a key that may not be NULL it is a further link, among several that may be each is a choice. */
function cascadeReason(
  column: Column,
  table: Table,
  tenants: ReadonlySet<Column['id']>,
  graph: SchemaGraph,
): readonly Reason[] {
  const keys = graph
    .ownedBy(table.id, 'foreignKey')
    .filter((key) => key.parent === null && key.referencedTable !== table.id);
  const key = keys.find((each) => each.onDelete === 'cascade' && each.columns.includes(column.id));
  if (key === undefined) return [];
  const isOptional = (each: EntityOf<'foreignKey'>) =>
    each.columns.some((id) => isNullable(graph, graph.get('column', id)));
  const others = keys.filter((each) => each !== key && !each.columns.some((id) => tenants.has(id)));
  const hasOwner = keys.some((each) => !each.columns.includes(column.id) && !isOptional(each));
  const isChoice = others.some((each) => each.onDelete === 'cascade' && each.referencedTable !== key.referencedTable);
  if (hasOwner || isChoice) return [];
  const parent = brief(graph.get('table', key.referencedTable).name);
  return [
    {
      because: `its row is deleted with the ${parent} row it names (ON DELETE CASCADE)`,
      effect: 'without it the row belongs to none and is deleted with none',
    },
  ];
}

function uniqueReason(column: Column, graph: SchemaGraph): readonly Reason[] {
  const index = graph
    .ownedBy(column.relation, 'index')
    .find(
      (each) =>
        each.isUnique &&
        each.isValid &&
        each.keys.length > 1 &&
        each.keys.some((key) => key.column === column.id) &&
        !isOptionalInScope(column, each, graph),
    );
  return index === undefined
    ? []
    : [
        {
          because: `it is part of the unique key ${keysText(graph, index)}`,
          effect: 'with NULL in it the same values fit in any number of rows',
        },
      ];
}

/** (tenant_id, external_id): values that need not be there, and are unique within what their row belongs to if they are. */
function isOptionalInScope(column: Column, { keys }: EntityOf<'index'>, graph: SchemaGraph): boolean {
  const refers = (id: Column['id']): boolean =>
    graph.ownedBy(column.relation, 'foreignKey').some((key) => key.columns.includes(id));
  if (refers(column.id)) return false;
  return keys.every(({ column: id }) => id !== null && (isNullable(graph, graph.get('column', id)) || refers(id)));
}

function defaultReason(column: Column, isBoolean: boolean, graph: SchemaGraph): readonly Reason[] {
  if (column.default === null || !isNeverNull(graph, column.default)) return [];
  const text = column.default.text.replace(/\s+/g, ' ');
  const shown = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  const effect = isBoolean ? THIRD_STATE : 'whoever writes NULL gets NULL, and not the default';
  return [{ because: `it has the default ${shown}`, effect }];
}

/** A change time may be meant to be empty until the first change, unless a default fills it at once. */
function timestampReason(column: Column, created: readonly string[], updated: readonly string[]): readonly Reason[] {
  if (!isOfType(column, 'timestamptz', 'timestamp', 'date')) return [];
  if (isNamed(column.name, created))
    return [{ because: 'it says when the row was made', effect: 'rows without it are in no period' }];
  if (isNamed(column.name, updated) && column.default !== null)
    return [{ because: 'it says when the row was changed', effect: 'rows without it are in no period' }];
  return [];
}

function isOfType({ type }: Column, ...names: readonly string[]): boolean {
  return type !== null && type.name.schema === 'pg_catalog' && !type.isArray && names.includes(type.name.name);
}

/** With a validated CHECK in place, SET NOT NULL need not read the table again while it holds its lock (docs, ALTER TABLE, notes). */
function fixFor(column: Column, table: Table, graph: SchemaGraph): Fix {
  const hasFill = column.default !== null && isNeverNull(graph, column.default);
  const check = `${column.name}_is_set`;
  const statements = [
    ...(hasFill ? [sql`update ${table.name} set ${column.name} = default where ${column.name} is null;`] : []),
    sql`alter table ${table.name} add constraint ${check} check (${column.name} is not null) not valid;`,
    sql`alter table ${table.name} validate constraint ${check};`,
    sql`alter table ${table.name} alter column ${column.name} set not null;`,
    sql`alter table ${table.name} drop constraint ${check};`,
  ];
  return {
    title: hasFill
      ? 'Fill the empty rows with the default, then forbid NULL'
      : 'Forbid NULL (fails while rows hold NULL: fill or delete those first)',
    safety: 'review',
    sql: statements.join('\n'),
  };
}
