import { askedOnce } from './asked-once.ts';
import type { Entity, EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { isNamed } from './lexicon/pattern.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * Is it a table, or a part of one, that was copied once and is only kept: named a snapshot, backup or archive of a day or a year, without triggers,
 * policies and foreign keys, and named by no routine? What is wrong with the rows of such a copy is no fault of the schema; keys and defaults
 * would only falsify it. Who may read it is asked all the same.
 */
export function isOfFrozenCopy(graph: SchemaGraph, entity: Entity): boolean {
  return isPartOf(graph, entity, frozenCopies(graph));
}

/** The same in a schema that nobody but its owner may use: nobody else can read it either. */
export function isOfClosedCopy(graph: SchemaGraph, entity: Entity): boolean {
  return isPartOf(graph, entity, closedCopies(graph));
}

function isPartOf(graph: SchemaGraph, entity: Entity, tables: ReadonlySet<EntityId>): boolean {
  if (tables.size === 0) return false;
  const table = entity.kind === 'table' ? entity : graph.parent(entity);
  return table !== undefined && tables.has(table.id);
}

const frozenCopies = askedOnce((graph): ReadonlySet<EntityId> => {
  const found = graph.ofKind('table').filter((table) => isCopyByName(table) && isLeftAlone(graph, table));
  return new Set(found.filter((table) => !isNamedInRoutine(graph, table)).map(({ id }) => id));
});

const closedCopies = askedOnce((graph): ReadonlySet<EntityId> => {
  return new Set([...frozenCopies(graph)].filter((id) => isClosed(graph, graph.get('table', id))));
});

const COPIES = [
  ...['*_snapshot_*', '*_backup_*', '*_bak_*', '*_archive_*', '*_arch_*', '*_copy_*', '*_manifest_*', '*_rollback_*'],
  ...['*_backfill_*', 'old_*', '*_old_*'],
];

/** 20240131, 2024_01_31, 202401, 2024 */
const DAY = /(?:^|_)20\d\d(?:_?\d\d){0,2}(?:_|$)/;

function isCopyByName({ name: { schema, name } }: EntityOf<'table'>): boolean {
  return DAY.test(name) && isNamed(`${schema}_${name.replace(DAY, '_')}`, COPIES);
}

function isClosed(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  const schema = graph.global('schema', table.name.schema);
  return schema?.acl.every(({ grantee }) => grantee === schema.owner) === true;
}

/** Nothing is done when its rows change, lets anybody at them, or ties them to others; a partition is a part of a table in use. */
function isLeftAlone(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  const owned = ['trigger', 'policy', 'foreignKey'] as const;
  return (
    table.partitionOf === null &&
    table.partitionKey === null &&
    owned.every((kind) => graph.ownedBy(table.id, kind).length === 0) &&
    graph.referencedBy(table.id).length === 0
  );
}

function isNamedInRoutine(graph: SchemaGraph, { name }: EntityOf<'table'>): boolean {
  return graph.ofKind('function').some(({ body }) => body?.text.includes(name.name) === true);
}
