import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type TypeClass, typeClass } from '../types/type-class.ts';
import {
  ADDRESS_NAMES,
  COLUMN_NAMES,
  type ColumnRole,
  HANDSHAKE_NAMES,
  PLACE_NAMES,
  STATE_NAMES,
} from './column-names.ts';
import { isNamed, type NamePatterns } from './pattern.ts';
import { wordsOf } from './words.ts';

type Column = EntityOf<'column'>;

const NUMBERS: readonly TypeClass[] = ['integer', 'decimal', 'float'];
const TIMES: readonly TypeClass[] = ['timestamp', 'timestamptz', 'date'];

/** The types a column of a role has; a column of another type with that name is something else. */
const ROLE_TYPES: Readonly<Record<ColumnRole, readonly TypeClass[]>> = {
  money: [...NUMBERS, 'money'],
  quantity: NUMBERS,
  count: ['integer', 'decimal'],
  percent: NUMBERS,
  duration: NUMBERS,
  status: ['text', 'enum', 'integer'],
  email: ['text'],
  phone: ['text'],
  secret: ['text', 'json'],
  pii: ['text', 'date', 'json', 'other', 'integer'],
  bearer: ['uuid'],
  payment: ['text'],
  created: [...TIMES, 'time'],
  updated: [...TIMES, 'time'],
  occurred: [...TIMES, 'time'],
  softDelete: [...TIMES, 'boolean'],
  scheduled: TIMES,
  worker: ['integer', 'text', 'uuid', ...TIMES],
  counter: ['integer', 'decimal'],
  slug: ['text'],
  code: ['text'],
  handle: ['text'],
  name: ['text'],
  key: ['text'],
  position: ['integer', 'decimal'],
};

/**
 * Is the column's name one of the role's and its type one that fits (through domains)? Never for a column whose type is not
 * known. Of status-like columns only those with a closed set of words: not a part of an address, not a sign-in's random
 * `state`, not the half of a polymorphic key (`owner_type` beside `owner_id`), not what a sign-in library keeps of a linked account.
 * @param names the list to go by, where an option replaces the default
 */
export function hasRole(
  graph: SchemaGraph,
  column: Column,
  role: ColumnRole,
  names: NamePatterns = COLUMN_NAMES[role],
): boolean {
  const kind = typeClass(graph, column.type);
  if (kind === undefined || !ROLE_TYPES[role].includes(kind) || !isNamed(column.name, names)) return false;
  return role !== 'status' || isClosedSet(graph, column);
}

export function rolesOf(graph: SchemaGraph, column: Column): readonly ColumnRole[] {
  return (Object.keys(COLUMN_NAMES) as ColumnRole[]).filter((role) => hasRole(graph, column, role));
}

/** The columns of a relation that have the role, in their order. */
export function columnsWithRole(
  graph: SchemaGraph,
  relation: EntityId,
  role: ColumnRole,
  names: NamePatterns = COLUMN_NAMES[role],
): readonly Column[] {
  return graph.columns(relation).filter((column) => hasRole(graph, column, role, names));
}

function isClosedSet(graph: SchemaGraph, column: Column): boolean {
  const words = wordsOf(column.name);
  const siblings = graph.columns(column.relation).filter((each) => each.id !== column.id);
  if (words.at(-1) === 'type') {
    const subject = words.slice(0, -1).join('_');
    if (siblings.some((each) => wordsOf(each.name).join('_') === 'provider_account_id')) return false;
    return subject === '' || !siblings.some((each) => wordsOf(each.name).join('_') === `${subject}_id`);
  }
  if (words.join('_') !== 'state') return true;
  return !siblings.some((each) => isNamed(each.name, ADDRESS_NAMES) || isNamed(each.name, HANDSHAKE_NAMES));
}

/** The column that marks rows of the table as deleted (deleted_at, is_deleted), so that a DELETE is the exception there. */
export function deletionMark(graph: SchemaGraph, table: EntityId): Column | undefined {
  return columnsWithRole(graph, table, 'softDelete')[0];
}

/** Does the column say where something is: a city, a country, or the state of an address? */
export function isPlaceName(graph: SchemaGraph, { id, name, relation, type }: EntityOf<'column'>): boolean {
  // `hide_region` says no place.
  if (typeClass(graph, type) === 'boolean') return false;
  if (isNamed(name, PLACE_NAMES)) return true;
  const siblings = graph.columns(relation).filter((each) => each.id !== id);
  return (
    isNamed(name, STATE_NAMES) &&
    siblings.some((each) => isNamed(each.name, ADDRESS_NAMES) || isNamed(each.name, PLACE_NAMES))
  );
}
