import { askedOnce } from './asked-once.ts';
import type { Entity, EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { isNamed } from './lexicon/pattern.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * Is it a table, or a part of one, that was copied once and is only kept: named a snapshot, backup or archive of a day or a year, in a schema that
 * nobody but its owner may use, without triggers and policies, and named by no routine? What is wrong with the rows of such a copy is no
 * fault of the schema; keys and defaults would only falsify it.
 */
export function isOfFrozenCopy(graph: SchemaGraph, entity: Entity): boolean {
  const frozen = frozenCopies(graph);
  if (frozen.size === 0) return false;
  const table = entity.kind === 'table' ? entity : graph.parent(entity);
  return table !== undefined && frozen.has(table.id);
}

const frozenCopies = askedOnce((graph): ReadonlySet<EntityId> => {
  const found = graph.ofKind('table').filter((table) => isCopyByName(table) && isClosed(graph, table));
  return new Set(found.filter((table) => !isNamedInRoutine(graph, table)).map(({ id }) => id));
});

const COPIES = ['*_snapshot_*', '*_backup_*', '*_bak_*', '*_archive_*', '*_copy_*', '*_manifest_*', 'old_*', '*_old_*'];

/** 20240131, 2024_01_31, 202401, 2024 */
const DAY = /(?:^|_)20\d\d(?:_?\d\d){0,2}(?:_|$)/;

function isCopyByName({ name: { schema, name } }: EntityOf<'table'>): boolean {
  return DAY.test(name) && isNamed(`${schema}_${name.replace(DAY, '_')}`, COPIES);
}

function isClosed(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  const schema = graph.global('schema', table.name.schema);
  if (schema === undefined || schema.acl.some(({ grantee }) => grantee !== schema.owner)) return false;
  return (['trigger', 'policy'] as const).every((kind) => graph.ownedBy(table.id, kind).length === 0);
}

function isNamedInRoutine(graph: SchemaGraph, { name }: EntityOf<'table'>): boolean {
  return graph.ofKind('function').some(({ body }) => body?.text.includes(name.name) === true);
}
