import { type BoundExpression, boundPart } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { IndexKey } from '../entities/index-entity.ts';
import type { EntityId } from '../entity-id.ts';
import { stateKey } from '../keys/state-keys.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isNullable } from '../nulls/nullability.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import type { ColumnTest } from '../query-shapes/query.ts';
import { rowTests } from '../query-shapes/schema-queries.ts';
import { sameExpression } from '../same-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { followsFromNotNull } from '../values/implication.ts';
import { isRestedOn, keysAlike } from './index-keys.ts';
import { keptTwin } from './index-twins.ts';
import { keptRival } from './vector-indexes.ts';

type Index = EntityOf<'index'>;

/** Why a table loses nothing with an index: what does its work. */
export interface SpareIndex {
  readonly by: Index;
  /**
   * `twin` the same once more; `rival` another vector index for the same distance; `prefix` its keys lead the other's; `unique`
   * a unique key has the same keys; `mirror` the other read backwards is the same; `partial` the other holds all of its rows
   * and more, and finds them by the same keys; `hash` a btree finds by equality what this hash index finds.
   */
  readonly as: 'twin' | 'rival' | 'prefix' | 'unique' | 'mirror' | 'partial' | 'hash';
}

const known = new WeakMap<SchemaGraph, Map<EntityId, SpareIndex | undefined>>();

/** Each index is spare for one reason only, so that the rules about them never report one twice. */
export function spareIndex(graph: SchemaGraph, index: Index): SpareIndex | undefined {
  const answers = known.get(graph) ?? new Map<EntityId, SpareIndex | undefined>();
  known.set(graph, answers);
  if (!answers.has(index.id)) {
    // Stands while others are asked whether they are spare: an index that is looked at is not yet.
    answers.set(index.id, undefined);
    answers.set(index.id, judge(graph, index));
  }
  return answers.get(index.id);
}

function judge(graph: SchemaGraph, index: Index): SpareIndex | undefined {
  const twin = keptTwin(graph, index);
  if (twin !== undefined) return { by: twin, as: 'twin' };
  const rival = keptRival(graph, index);
  if (rival !== undefined) return { by: rival, as: 'rival' };
  if (index.method === 'hash') return besideBtree(graph, index);
  if (!isPlain(index) || index.constraint !== null || isRestedOn(graph, index)) return undefined;
  const others = graph
    .ownedBy(index.relation, 'index')
    .filter((each) => each.id !== index.id && isPlain(each) && isStaying(graph, each));
  const found = others.flatMap((other): readonly SpareIndex[] => {
    // An index that enforces something stays, but where another enforces it already.
    if (index.isUnique && !refusesAsMuch(graph, index, other)) return [];
    const as = index.isUnique ? undefined : widerAs(index, other);
    if (as === undefined && isOverlapped(graph, index, other)) return [{ by: other, as: 'partial' }];
    return as === undefined ? [] : [{ by: other, as }];
  });
  // One that is to go as well is no answer, where another stays.
  const staying = found.filter(({ by }) => spareIndex(graph, by) === undefined);
  return (staying.length > 0 ? staying : found).sort(betterToName)[0];
}

/** Neither the twin of another, nor a key that is to hold for some of the rows only (state-in-unique-key) and then finds no other. */
function isStaying(graph: SchemaGraph, index: Index): boolean {
  return keptTwin(graph, index) === undefined && stateKey(graph, index) === undefined;
}

/**
 * Does another key for all rows refuse each row that a partial one refuses? Where the condition is about anything but the keys, the
 * other one may be what was to go: a name that is to be free again once its row is deleted.
 */
function refusesAsMuch(graph: SchemaGraph, index: Index, other: Index): boolean {
  const { predicate, keys } = index;
  if (predicate === null || !other.isUnique || other.predicate !== null) return false;
  if (keys.length !== other.keys.length || index.nullsNotDistinct !== other.nullsNotDistinct) return false;
  const constraint = other.constraint === null ? undefined : graph.find(other.constraint);
  if (constraint !== undefined && 'isDeferrable' in constraint && constraint.isDeferrable) return false;
  return rowTests(predicate).every(({ column }) => keys.some((key) => key.column === column));
}

/** A hash index finds rows by equality of its one column, as a btree on it does; a btree with more columns may be far larger. */
function besideBtree(graph: SchemaGraph, index: Index): SpareIndex | undefined {
  const [key] = index.keys;
  if (!index.isValid || index.parent !== null || index.predicate !== null || index.constraint !== null)
    return undefined;
  if (key === undefined || key.column === null || key.opclass !== null || key.collation !== null) return undefined;
  const [by] = graph
    .ownedBy(index.relation, 'index')
    .filter((each) => {
      const [first] = each.keys;
      const isAlike = first?.column === key.column && first.opclass === null && first.collation === null;
      return isPlain(each) && each.predicate === null && each.keys.length === 1 && isAlike;
    })
    .sort((a, b) => Number(b.isUnique) - Number(a.isUnique) || a.id - b.id);
  return by && { by, as: 'hash' };
}

/** Would this partial index be spare, were there a plain one on these columns for all rows? */
export function isSpareBesideFull(graph: SchemaGraph, index: Index, columns: readonly EntityId[]): boolean {
  if (!isPlain(index) || index.isUnique || index.constraint !== null || isRestedOn(graph, index)) return false;
  const keys = columns.map(plainKey);
  return overlaps(graph, index, { ...index, keys, include: [], predicate: null });
}

function plainKey(column: EntityId): IndexKey {
  const usual = { opclass: null, opclassOptions: [], descending: false, nullsFirst: false, collation: null };
  return { column, expression: null, ...usual };
}

function isPlain({ method, isValid, parent }: Index): boolean {
  return method === 'btree' && isValid && parent === null;
}

/** A key's index first, then the shortest, then the first made. */
function betterToName({ by: a }: SpareIndex, { by: b }: SpareIndex): number {
  const rank = ({ isUnique, keys }: Index): number => (isUnique ? 0 : 100) + keys.length;
  return rank(a) - rank(b) || a.id - b.id;
}

function widerAs(index: Index, other: Index): SpareIndex['as'] | undefined {
  const direction = keysAlike(index.keys, other.keys);
  if (direction === undefined || !sameExpression(index.predicate, other.predicate)) return undefined;
  if (!holdsPayload(index, other)) return undefined;
  if (index.keys.length < other.keys.length) return 'prefix';
  if (other.isUnique) return 'unique';
  const isSmaller = index.include.length < other.include.length;
  if (direction === 'same') return isSmaller ? 'prefix' : undefined;
  return isSmaller || (index.include.length === other.include.length && index.id > other.id) ? 'mirror' : undefined;
}

function holdsPayload({ include }: Index, other: Index): boolean {
  return include.every((each) => other.include.includes(each) || other.keys.some((key) => key.column === each));
}

/** Of two partial indexes that say the same in other words, the later one. */
function isOverlapped(graph: SchemaGraph, index: Index, other: Index): boolean {
  if (!overlaps(graph, index, other)) return false;
  const isMutual = index.keys.length === other.keys.length && !other.isUnique && overlaps(graph, other, index);
  return !isMutual || index.id > other.id;
}

/** Does the other index hold every row of this partial one, and find just these by its keys? */
function overlaps(graph: SchemaGraph, index: Index, other: Index): boolean {
  const { predicate } = index;
  if (predicate === null || !holdsPayload(index, other)) return false;
  const tests = rowTests(predicate);
  if (!isImplied(other.predicate, predicate, tests)) return false;
  const leading = leadingEqualities(index.keys, other.keys, tests);
  if (leading === undefined) return false;
  // What the other index does not say itself, its keys or the data have to make up for.
  const rest = conjuncts(predicate.tree).filter((each) => !states(other.predicate, predicate, each));
  return rest.every((each) => {
    const own = rowTests(boundPart(predicate, each));
    const [test] = own;
    if (test === undefined || !test.isBare || test.kind === 'other') return false;
    return (
      own.every(({ column }) => column === index.keys[0]?.column || leading.includes(column)) ||
      holdsForNearlyAll(graph, index, other, test)
    );
  });
}

/** The columns that the other index has before the keys of this one, each held to one value by the predicate. */
function leadingEqualities(
  keys: readonly IndexKey[],
  others: readonly IndexKey[],
  tests: readonly ColumnTest[],
): readonly EntityId[] | undefined {
  for (let count = 0; count + keys.length <= others.length; count++) {
    const before = others.slice(0, count).map((each) => each.column);
    const areFixed = before.every((column) =>
      tests.some(
        (each) => each.column === column && each.kind === 'equal' && each.isBare && each.against === 'constant',
      ),
    );
    if (!areFixed) return undefined;
    if (keysAlike(keys, others.slice(count)) !== undefined) return before.flatMap((each) => each ?? []);
  }
  return undefined;
}

/** Does the one predicate say (at least) what the other does, so that a query of this index may use the other one? */
function isImplied(wanted: BoundExpression | null, given: BoundExpression, tests: readonly ColumnTest[]): boolean {
  if (wanted === null) return true;
  const excludesNull = (column: EntityId): boolean =>
    tests.some((each) => each.column === column && each.kind !== 'isNull' && each.kind !== 'other');
  return conjuncts(wanted.tree).every((each) => {
    const part = boundPart(wanted, each);
    return states(given, wanted, each) || followsFromNotNull(part, excludesNull);
  });
}

/** Is this part of `from` a part of the condition as well? */
function states(condition: BoundExpression | null, from: BoundExpression, part: BoundExpression['tree']): boolean {
  if (condition === null) return false;
  return conjuncts(condition.tree).some((each) =>
    sameExpression({ ...condition, tree: each }, { ...from, tree: part }),
  );
}

/** Flags that begin true and fall one by one: rows that wait, or the newest of many. */
const PASSING: NamePatterns = [
  ...['*_pending_*', '*_unread_*', '*_needs_*', '*_requires_*', '*_must_*', '*_awaiting_*', '*_dirty_*', '*_stale_*'],
  ...['*_queued_*', '*_due_*', '*_new_*', '*_open_*', '*_current_*', '*_latest_*', '*_draft_*', '*_waiting_*'],
];

/**
 * A condition that leaves hardly a row out: not deleted, not null where there is no NULL, or, beside a unique key, by which
 * one row is found in any case, a flag that is true unless someone says otherwise.
 */
function holdsForNearlyAll(graph: SchemaGraph, index: Index, other: Index, test: ColumnTest): boolean {
  const column = graph.get('column', test.column);
  if (test.kind === 'isNotNull') return column.notNull || !isNullable(graph, column);
  if (test.kind === 'isNull') return column.type?.name.name !== 'bool' && hasRole(graph, column, 'softDelete');
  if (test.kind !== 'equal' || test.constants[0] !== 'true' || isNamed(column.name, PASSING)) return false;
  return other.isUnique && other.keys.length === index.keys.length && /^\(*true\b/i.test(column.default?.text ?? '');
}
