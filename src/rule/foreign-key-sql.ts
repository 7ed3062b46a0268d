import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { raw, sql } from './sql.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/** A foreign key to be written. */
export interface ForeignKeyDraft
  extends Pick<ForeignKey, 'table' | 'name' | 'columns' | 'referencedTable' | 'referencedColumns'> {
  readonly onDelete: ForeignKey['onDelete'];
  readonly onUpdate?: ForeignKey['onUpdate'];
  /** ON DELETE SET NULL (a, b); empty = all. */
  readonly setColumns?: readonly EntityId[];
  readonly match?: ForeignKey['match'];
  readonly isDeferrable?: boolean;
  readonly isInitiallyDeferred?: boolean;
}

/** Adds a key without a long lock: NOT VALID first, then the check of the rows there are. */
export function addForeignKey(graph: SchemaGraph, key: ForeignKeyDraft): string {
  const add = sql`alter table ${graph.get('table', key.table).name}\n  add constraint ${key.name} ${raw(definition(graph, key))};`;
  return [add, ...validation(graph, key)].join('\n');
}

/** Makes a key anew in one statement, since the action of a key cannot be changed. */
export function remakeForeignKey(graph: SchemaGraph, key: ForeignKey, change: Partial<ForeignKeyDraft>): string {
  const made = { ...key, ...change };
  const remade = sql`alter table ${graph.get('table', key.table).name}
  drop constraint ${key.name},
  add constraint ${made.name} ${raw(definition(graph, made))};`;
  return [remade, ...validation(graph, made)].join('\n');
}

/** A free name for a key on these columns, as Postgres itself would make it. */
export function foreignKeyName(graph: SchemaGraph, table: EntityOf<'table'>, columns: readonly string[]): string {
  const name = `${table.name.name}_${columns.join('_')}_fkey`.slice(0, 60);
  for (let count = 0; ; count++) {
    const tried = count === 0 ? name : `${name}${count}`;
    if (graph.constraint(table.id, tried) === undefined) return tried;
  }
}

function definition(graph: SchemaGraph, key: ForeignKeyDraft): string {
  const { name } = graph.get('table', key.referencedTable);
  const setColumns = key.setColumns ?? [];
  return [
    sql`foreign key (${graph.columnNames(key.columns)}) references ${name}`,
    key.referencedColumns.length > 0 ? sql` (${graph.columnNames(key.referencedColumns)})` : '',
    key.match === 'full' ? ' match full' : '',
    key.onDelete === 'no action' ? '' : ` on delete ${key.onDelete}`,
    setColumns.length > 0 ? sql` (${graph.columnNames(setColumns)})` : '',
    key.onUpdate === undefined || key.onUpdate === 'no action' ? '' : ` on update ${key.onUpdate}`,
    key.isDeferrable ? ' deferrable' : '',
    key.isInitiallyDeferred ? ' initially deferred' : '',
    isPartitioned(graph, key) ? '' : ' not valid',
  ].join('');
}

function validation(graph: SchemaGraph, key: ForeignKeyDraft): readonly string[] {
  const { name } = graph.get('table', key.table);
  return isPartitioned(graph, key) ? [] : [sql`alter table ${name} validate constraint ${key.name};`];
}

/** A partitioned table takes no NOT VALID key before Postgres 18. */
function isPartitioned(graph: SchemaGraph, { table }: ForeignKeyDraft): boolean {
  return graph.get('table', table).partitionKey !== null;
}
