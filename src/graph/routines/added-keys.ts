import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { isStampOfAuthor } from '../lexicon/author-stamps.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { holdsAccount } from '../lexicon/table-roles.ts';
import { policiesAskForOwner } from '../policies/owner-policies.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { callerChoice } from './caller-choice.ts';
import { securedTable, unsecuredTable } from './written-tables.ts';

type Column = EntityOf<'column'>;

/** Rows that say of the hash of a key whose it is, where the caller names both: whoever made the key up comes in as that user. */
export interface AddedKey {
  readonly table: EntityOf<'table'>;
  /** Whose the key is, and its hash. */
  readonly columns: readonly Column[];
  readonly secrets: readonly Column[];
}

/** Of what lets somebody in: nothing else is kept as that. */
const HASHED_KEYS: NamePatterns = [
  ...['key_hash', '*_key_hash', 'hashed_key', 'token_hash', '*_token_hash', 'hashed_token', 'secret_hash'],
  ...['*_secret_hash', 'password_hash', '*_password_hash', 'hashed_password', 'pin_hash', '*_pin_hash'],
];

/** Those that a routine adds, unless policies for its owner ask who calls. */
export const addedKeys = askedOnce((graph: SchemaGraph, routine: EntityOf<'function'>): readonly AddedKey[] => {
  const choice = callerChoice(graph, routine);
  return routineShape(graph, routine).writes.flatMap(({ query: { binding }, write }) => {
    const table = securedTable(graph, write) ?? unsecuredTable(graph, write);
    if (write.kind !== 'insert' || table === undefined) return [];
    if (policiesAskForOwner(graph, routine, table, 'insert')) return [];
    const given = write.sets.flatMap(({ column, value }) =>
      column === null || value === null ? [] : [{ column: graph.get('column', column), value }],
    );
    const isUsers = (column: Column) => holdsAccount(graph, column) && !isStampOfAuthor(column.name);
    const users = given.filter(({ column, value }) => isUsers(column) && choice.names(value, binding));
    const hashes = given.filter(
      ({ column, value }) =>
        isNamed(column.name, HASHED_KEYS) && constantOf(value) === null && choice.decides(value, binding),
    );
    if (users.length === 0 || hashes.length === 0) return [];
    const secrets = hashes.map(({ column }) => column);
    return [{ table, columns: [...users.map(({ column }) => column), ...secrets], secrets }];
  });
});
