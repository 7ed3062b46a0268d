import { isConstant } from '../binding/questions/is-constant.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { bornBy, existedBefore } from '../history/born-in.ts';
import { isRestedOn, sameValue } from '../indexes/index-keys.ts';
import type { Change } from '../journal.ts';
import { type HeldWrite, writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isBuiltIn } from '../types/type-ref.ts';

type Index = EntityOf<'index'>;

/** A unique key that never refuses a row, since others over some of its columns refuse it first. */
export interface OutdoneKey {
  readonly by: readonly Index[];
  /** They were there before its file, and stayed. */
  readonly areOlder: boolean;
  /** What it has more than the first of them. */
  readonly added: readonly EntityId[];
  /** What functions of the schema insert with ON CONFLICT on its columns, or by its name: by the others that is refused all the same. */
  readonly conflicts: readonly HeldWrite[];
}

/**
 * Two rows that are alike in all columns of a key are alike in those of a narrower one. That needs no NOT NULL: the wider one refuses rows only where
 * none of its columns is NULL. Told only where it was to say something of its own: the narrower key is older and stayed, or ON CONFLICT names the wider
 * one. Beside a 1:1 reference a key over both columns is often written at once, and means no harm.
 */
export function outdoneKey(graph: SchemaGraph, journal: readonly Change[], index: Index): OutdoneKey | undefined {
  if (!isIdle(graph, index)) return undefined;
  const narrower = graph.ownedBy(index.relation, 'index').filter((each) => isWithin(graph, each, index));
  if (narrower.length === 0) return undefined;
  const made = bornBy(journal, index.id);
  const older = narrower.filter(
    (each) => made !== undefined && bornBy(journal, each.id) !== undefined && existedBefore(journal, each.id, made),
  );
  const conflicts = conflictsNaming(graph, index);
  const by = older.length > 0 || conflicts.length === 0 ? older : narrower;
  const [first] = by;
  if (first === undefined) return undefined;
  const known = keyColumns(first);
  const added = keyColumns(index).filter((each) => !known.includes(each));
  return { by, areOlder: older.length > 0, added, conflicts };
}

/** What functions of the schema write with ON CONFLICT on just the columns of this key, or by its name. */
export function conflictsNaming(graph: SchemaGraph, index: Index): readonly HeldWrite[] {
  const columns = new Set(keyColumns(index));
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  const name = constraint?.kind === 'uniqueConstraint' ? constraint.name : undefined;
  return writesTo(graph, index.relation).filter(({ write: { onConflict } }) => {
    if (onConflict === null) return false;
    if (onConflict.constraint !== null) return onConflict.constraint === name;
    const named = new Set(onConflict.columns);
    return named.size === columns.size && [...columns].every((each) => named.has(each));
  });
}

/** Is it there for the rule alone: not the primary key, no foreign key or replica identity rests on it, and it carries nothing more? */
function isIdle(graph: SchemaGraph, index: Index): boolean {
  if (!isPlainKey(index) || index.nullsNotDistinct || index.include.length > 0 || isRestedOn(graph, index))
    return false;
  const constraint = index.constraint === null ? undefined : graph.find(index.constraint);
  const isOrdered = index.keys.some(({ descending, nullsFirst }) => descending || nullsFirst);
  return constraint?.kind !== 'primaryKey' && !isOrdered;
}

/** A narrower key that tells rows apart by what they say, not by what is made anew for each row: beside that, a wider one says nothing. */
function isWithin(graph: SchemaGraph, index: Index, wider: Index): boolean {
  if (index.keys.length >= wider.keys.length || !isPlainKey(index) || isLate(graph, index)) return false;
  if (!index.keys.every((key) => wider.keys.some((other) => sameValue(key, other)))) return false;
  const columns = keyColumns(index);
  const primary = graph.primaryKey(index.relation)?.columns ?? [];
  if (primary.length > 0 && primary.every((each) => columns.includes(each))) return false;
  const added = keyColumns(wider).filter((each) => !columns.includes(each));
  return !columns.some((each) => isMadeAnew(graph, each)) && !isSaidByReference(graph, index, added);
}

/** Is it a unique key for all rows, by the equality of the columns' own types? */
export function isPlainKey({ isUnique, isValid, method, parent, predicate, keys }: Index): boolean {
  if (!isUnique || !isValid || method !== 'btree' || parent !== null || predicate !== null) return false;
  return keys.every(({ column, opclass }) => column !== null && opclass === null);
}

/** A deferrable key lets duplicates stand until the end of the transaction. */
function isLate(graph: SchemaGraph, { constraint }: Index): boolean {
  const found = constraint === null ? undefined : graph.find(constraint);
  return found?.kind === 'uniqueConstraint' && found.isDeferrable;
}

/** By a default, by Postgres, or (a UUID of no other table's) by who writes it. */
function isMadeAnew(graph: SchemaGraph, id: EntityId): boolean {
  const { identity, generated, default: given, type } = graph.get('column', id);
  if (identity !== null || generated !== null || (given !== null && !isConstant(given.tree, given))) return true;
  return isBuiltIn(type, 'uuid') && referencesBy(graph, [id]).length === 0;
}

/** Does the row that the narrower key refers to have the added columns as well: what it belongs to is settled by it? */
function isSaidByReference(graph: SchemaGraph, index: Index, added: readonly EntityId[]): boolean {
  const names = graph.columnNames(added);
  return referencesBy(graph, keyColumns(index)).some(({ referencedTable }) => {
    const own = graph.columns(referencedTable).map(({ name }) => name);
    return names.some((each) => own.includes(each)) || graph.find(referencedTable)?.isAssumed === true;
  });
}

function referencesBy(graph: SchemaGraph, columns: readonly EntityId[]): readonly EntityOf<'foreignKey'>[] {
  const [first] = columns;
  if (first === undefined) return [];
  const { relation } = graph.get('column', first);
  return graph.ownedBy(relation, 'foreignKey').filter((key) => key.columns.some((each) => columns.includes(each)));
}

/** The columns of an index, expressions left out. */
export function keyColumns({ keys }: Index): readonly EntityId[] {
  return keys.flatMap(({ column }) => column ?? []);
}
