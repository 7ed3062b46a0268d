import type { EntityOf } from '../entities/index.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { type NamedTable, onlyKeyColumn } from '../lexicon/named-table.ts';
import { routineDeeds } from '../query-shapes/routine-deeds.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type RowAtSignUp, rowOfEachUser } from './rows-at-sign-up.ts';
import { isNewAddress } from './sign-up-triggers.ts';

type Column = EntityOf<'column'>;

/** A column with the id of each user, whose rows a deleted user leaves behind, and the address of that user with them. */
export interface UntiedAccount {
  readonly named: NamedTable;
  readonly row: RowAtSignUp;
  /** Unique, and filled with the address of the new user. */
  readonly address: Column;
}

/** Not where a trigger removes the row with its user, the INSERT says what happens with a second one, or rows have ids of their own as well. */
export function untiedAccount(graph: SchemaGraph, column: Column): UntiedAccount | undefined {
  const row = rowOfEachUser(graph, column);
  if (row === undefined || row.write.onConflict !== null) return undefined;
  const users = graph.get('table', row.trigger.relation);
  const key = onlyKeyColumn(graph, users);
  const address = row.write.sets
    .filter(({ value }) => isNewAddress(value))
    .flatMap((set) => (set.column === null ? [] : graph.get('column', set.column)))
    .find((each) => isUniqueAlone(graph, each));
  if (key === undefined || address === undefined || isCleared(graph, users, column) || !isAlwaysGiven(graph, column))
    return undefined;
  return { named: { table: users, key, by: 'caller', siblings: 0 }, row, address };
}

/** By a trigger that runs when a user is deleted, or may do so. */
function isCleared(graph: SchemaGraph, users: EntityOf<'table'>, { relation }: Column): boolean {
  return graph.ownedBy(users.id, 'trigger').some(({ events, function: id }) => {
    const called = id === null ? undefined : graph.find(id);
    if (!events.includes('delete')) return false;
    if (called?.kind !== 'function') return true;
    const { isWhole, calls } = routineShape(graph, called);
    return !isWhole || calls.length > 0 || routineDeeds(graph, called).writes.includes(relation);
  });
}

/** No INSERT of the schema leaves it to a default. */
function isAlwaysGiven(graph: SchemaGraph, column: Column): boolean {
  return writesTo(graph, column.relation)
    .filter(({ write }) => write.kind === 'insert')
    .every(({ write }) => write.sets.some((set) => set.column === column.id));
}
