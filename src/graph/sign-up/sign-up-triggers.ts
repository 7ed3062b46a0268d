import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isAuthUsers } from '../lexicon/table-roles.ts';
import { unwrapped } from '../query-shapes/operand.ts';
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

/** `new.email`, `lower(new.email)`. */
export function isNewAddress(value: Node | null): boolean {
  const inner = unwrapped(value ?? undefined);
  const call = fieldsOf(inner, 'FuncCall');
  const isLower = call !== undefined && writtenName(call.funcname).name === 'lower';
  return isNewEmail(isLower ? unwrapped(call.args?.[0]) : inner);
}
