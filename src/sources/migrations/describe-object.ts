import type { Entity, EntityKind } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { display, quoteIdentifier } from '../../sql/name.ts';

/** Postgres' words for kinds of objects, where they are not the graph's own (getObjectDescription()). */
const WORDS: ReadonlyMap<EntityKind, string> = new Map([
  ['baseType', 'type'],
  ['checkConstraint', 'constraint'],
  ['compositeType', 'type'],
  ['domain', 'type'],
  ['enumType', 'type'],
  ['eventTrigger', 'event trigger'],
  ['exclusionConstraint', 'constraint'],
  ['foreignDataWrapper', 'foreign-data wrapper'],
  ['foreignKey', 'constraint'],
  ['foreignServer', 'server'],
  ['foreignTable', 'foreign table'],
  ['materializedView', 'materialized view'],
  ['operatorClass', 'operator class'],
  ['primaryKey', 'constraint'],
  ['rangeType', 'type'],
  ['rewriteRule', 'rule'],
  ['statistics', 'statistics object'],
  ['uniqueConstraint', 'constraint'],
]);

/** `table public.t`, `column a of table public.t`, `policy p on table public.t`. */
export function describeObject(entity: Entity, graph: SchemaGraph): string {
  const word = WORDS.get(entity.kind) ?? entity.kind;
  if (!('name' in entity)) return graph.path(entity);
  if (entity.kind === 'function')
    return `${entity.routine === 'function' ? word : entity.routine} ${graph.path(entity)}`;
  if (typeof entity.name === 'object') return `${word} ${display(entity.name)}`;
  const parent = graph.parent(entity);
  if (parent === undefined) return `${word} ${quoteIdentifier(entity.name)}`;
  const preposition = entity.kind === 'column' ? 'of' : 'on';
  return `${word} ${quoteIdentifier(entity.name)} ${preposition} ${describeObject(parent, graph)}`;
}
