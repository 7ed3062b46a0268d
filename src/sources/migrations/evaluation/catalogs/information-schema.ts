import type { EntityOf } from '../../../../graph/entities/index.ts';
import type { SchemaGraph } from '../../../../graph/schema-graph.ts';
import { isBuiltIn, type TypeRef, typeText } from '../../../../graph/types/type-ref.ts';
import { shownDefault } from '../shown-default.ts';
import { SOME_TEXT, UNKNOWN } from '../value.ts';
import { CONSTRAINTS, type Columns, each, named, owner, type RowsOf } from './rows.ts';

const CONSTRAINT_TYPE = {
  primaryKey: 'PRIMARY KEY',
  uniqueConstraint: 'UNIQUE',
  foreignKey: 'FOREIGN KEY',
  checkConstraint: 'CHECK',
  exclusionConstraint: null,
} as const;

function udtName(type: TypeRef): string {
  return `${type.isArray ? '_' : ''}${type.name.name}`;
}

/** Undefined for a domain: information_schema shows the type that it is of, which is not worth following here. */
function ownType(graph: SchemaGraph, type: TypeRef | null): TypeRef | undefined {
  const entity = type?.entity === undefined ? undefined : graph.find(type.entity);
  return type === null || (entity?.kind === 'domain' && !type.isArray) ? undefined : type;
}

function dataType(type: TypeRef): string {
  if (type.isArray) return 'ARRAY';
  return type.name.schema === 'pg_catalog' ? typeText({ ...type, modifiers: [] }) : 'USER-DEFINED';
}

/** By their names with the schema. */
export const INFORMATION_SCHEMA: ReadonlyMap<string, RowsOf> = new Map<string, RowsOf>([
  ['information_schema.schemata', (graph) => each(graph, ['schema'], (schema) => ({ schema_name: schema.name }))],
  [
    'information_schema.tables',
    (graph) =>
      each(graph, ['table', 'view', 'foreignTable'], (relation) => ({
        table_schema: relation.name.schema,
        table_name: relation.name.name,
        table_type: { table: 'BASE TABLE', view: 'VIEW', foreignTable: 'FOREIGN' }[relation.kind],
      })),
  ],
  [
    'information_schema.views',
    (graph) =>
      each(graph, ['view'], (view) => ({
        table_schema: view.name.schema,
        table_name: view.name.name,
        view_definition: SOME_TEXT,
      })),
  ],
  ['information_schema.columns', (graph) => columnRows(graph)],
  [
    'information_schema.table_constraints',
    (graph) =>
      each(graph, CONSTRAINTS, (constraint) => {
        const table = named(graph, owner(constraint));
        const type = CONSTRAINT_TYPE[constraint.kind];
        return type === null
          ? undefined
          : {
              constraint_schema: table.schema,
              constraint_name: constraint.name,
              table_schema: table.schema,
              table_name: table.name,
              constraint_type: type,
            };
      }),
  ],
  ['information_schema.key_column_usage', (graph) => keyColumnRows(graph)],
  ['information_schema.constraint_column_usage', (graph) => referencedColumnRows(graph)],
  [
    'information_schema.referential_constraints',
    (graph) =>
      each(graph, ['foreignKey'], (key) => ({
        constraint_schema: named(graph, key.table).schema,
        constraint_name: key.name,
        delete_rule: key.onDelete.toUpperCase(),
        update_rule: key.onUpdate.toUpperCase(),
      })),
  ],
  ['information_schema.triggers', (graph) => triggerRows(graph)],
  [
    'information_schema.routines',
    (graph) =>
      each(graph, ['function'], (fn) =>
        fn.routine === 'aggregate'
          ? undefined
          : {
              routine_schema: fn.name.schema,
              routine_name: fn.name.name,
              specific_schema: fn.name.schema,
              routine_type: fn.routine === 'procedure' ? 'PROCEDURE' : 'FUNCTION',
              security_type: fn.security === 'definer' ? 'DEFINER' : 'INVOKER',
            },
      ),
  ],
]);

/** Of materialized views the standard knows nothing, and so the view leaves them out. */
const WITH_COLUMNS = ['table', 'foreignTable', 'view'] as const;
type WithColumns = EntityOf<(typeof WITH_COLUMNS)[number]>;
type Column = EntityOf<'column'>;

/** What a column was last shown as, and for which of its own and its relation's states: a guard asks for all columns after each change of one. */
const shownColumns = new WeakMap<Column, { readonly relation: WithColumns; readonly columns: Columns }>();

function* columnRows(graph: SchemaGraph): Iterable<Columns> {
  for (const kind of WITH_COLUMNS) {
    for (const relation of graph.ofKind(kind)) {
      for (const column of graph.columns(relation.id)) {
        const known = shownColumns.get(column);
        if (known?.relation === relation) {
          yield known.columns;
          continue;
        }
        const columns = columnRow(graph, relation, column);
        shownColumns.set(column, { relation, columns });
        yield columns;
      }
    }
  }
}

function columnRow(graph: SchemaGraph, relation: WithColumns, column: Column): Columns {
  const type = ownType(graph, column.type);
  return {
    table_schema: relation.name.schema,
    table_name: relation.name.name,
    column_name: column.name,
    ordinal_position: column.position,
    is_nullable: column.notNull ? 'NO' : column.isAssumed || type === undefined ? UNKNOWN : 'YES',
    column_default:
      column.default === null ? (column.isAssumed ? UNKNOWN : null) : shownDefault(column.default, column.type),
    data_type: type === undefined ? UNKNOWN : dataType(type),
    udt_name: type === undefined ? UNKNOWN : udtName(type),
    udt_schema: type === undefined ? UNKNOWN : type.name.schema,
    character_maximum_length:
      type === undefined
        ? UNKNOWN
        : isBuiltIn(column.type, 'varchar', 'bpchar')
          ? Number(column.type?.modifiers[0] ?? 0) || null
          : null,
    numeric_precision: isBuiltIn(column.type, 'numeric') ? Number(column.type?.modifiers[0] ?? 0) || null : UNKNOWN,
    numeric_scale:
      isBuiltIn(column.type, 'numeric') && column.type?.modifiers.length === 2
        ? Number(column.type.modifiers[1])
        : UNKNOWN,
    is_identity: column.identity === null ? 'NO' : 'YES',
    is_generated: column.generated === null ? 'NEVER' : 'ALWAYS',
  };
}

function* keyColumnRows(graph: SchemaGraph): Iterable<Columns> {
  for (const kind of ['primaryKey', 'uniqueConstraint', 'foreignKey'] as const) {
    for (const key of graph.ofKind(kind)) {
      const table = named(graph, key.table);
      for (const [index, name] of graph.columnNames(key.columns).entries()) {
        yield {
          constraint_schema: table.schema,
          constraint_name: key.name,
          table_schema: table.schema,
          table_name: table.name,
          column_name: name,
          ordinal_position: index + 1,
        };
      }
    }
  }
}

function* referencedColumnRows(graph: SchemaGraph): Iterable<Columns> {
  for (const key of graph.ofKind('foreignKey')) {
    const table = named(graph, key.referencedTable);
    for (const name of graph.columnNames(key.referencedColumns)) {
      yield {
        constraint_schema: named(graph, key.table).schema,
        constraint_name: key.name,
        table_schema: table.schema,
        table_name: table.name,
        column_name: name,
      };
    }
  }
  for (const kind of ['primaryKey', 'uniqueConstraint'] as const) {
    for (const key of graph.ofKind(kind)) {
      const table = named(graph, key.table);
      for (const name of graph.columnNames(key.columns)) {
        yield {
          constraint_schema: table.schema,
          constraint_name: key.name,
          table_schema: table.schema,
          table_name: table.name,
          column_name: name,
        };
      }
    }
  }
}

function* triggerRows(graph: SchemaGraph): Iterable<Columns> {
  for (const trigger of graph.ofKind('trigger')) {
    const relation = named(graph, trigger.relation);
    for (const event of trigger.events) {
      yield {
        trigger_schema: relation.schema,
        trigger_name: trigger.name,
        event_object_schema: relation.schema,
        event_object_table: relation.name,
        event_manipulation: event.toUpperCase(),
      };
    }
  }
}
