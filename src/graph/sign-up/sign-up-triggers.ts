import type { Node } from '@pgsql/types';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isAuthUsers } from '../lexicon/table-roles.ts';
import { rowField } from '../query-shapes/row-field.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A row trigger on auth.users, for what is written there. */
export function isOfUsers(graph: SchemaGraph, trigger: EntityOf<'trigger'>): boolean {
  const { relation, level, events } = trigger;
  const table = graph.find(relation);
  const isUsers = table?.kind === 'table' && isAuthUsers(table.name);
  const isOfWrites = events.includes('insert') || events.includes('update');
  return isUsers && isOfWrites && level === 'row' && firesInOrigin(trigger);
}

/** `new.email` */
export function isNewEmail(node: Node | undefined): boolean {
  const field = rowField(node);
  return field?.row === 'new' && field.name === 'email';
}
