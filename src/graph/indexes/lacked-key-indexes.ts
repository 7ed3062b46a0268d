import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type ForeignKeyCoverage, foreignKeyCoverage } from './foreign-key-coverage.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/** A foreign key that no index serves as it should be. */
export interface UnservedKey {
  readonly key: ForeignKey;
  readonly coverage: Exclude<ForeignKeyCoverage, { by: 'index' }>;
}

/** An index that would serve one foreign key of a table, or several: those on (a) and on (a, b), each of which it begins with. */
export interface LackedKeyIndex {
  /** The shortest first. */
  readonly keys: readonly UnservedKey[];
  readonly columns: readonly EntityId[];
}

/**
 * The indexes that the foreign keys of a table lack. A btree on (a, b) finds rows by a as well, so that one for the shorter key alone would be
 * spare beside it; two keys over the same columns lack one, which is the first's.
 * @param configuredTenants `settings.tenantColumns`
 */
export function lackedKeyIndexes(
  graph: SchemaGraph,
  table: EntityId,
  configuredTenants: readonly string[],
): readonly LackedKeyIndex[] {
  const unserved = graph.ownedBy(table, 'foreignKey').flatMap((key): readonly UnservedKey[] => {
    const isAsked = key.parent === null && key.isEnforced;
    const coverage = isAsked ? foreignKeyCoverage(graph, key, configuredTenants) : undefined;
    return coverage === undefined || coverage.by === 'index' ? [] : [{ key, coverage }];
  });
  let left = unserved.filter((each, at) => !unserved.slice(0, at).some((other) => isWithin(each, other, 'alike')));
  const lacked: LackedKeyIndex[] = [];
  for (const longest of [...left].sort((a, b) => precedence(b) - precedence(a))) {
    if (!left.includes(longest)) continue;
    const keys = chainTo(longest, left);
    left = left.filter((each) => !keys.includes(each));
    lacked.push({ keys, columns: columnsOf(graph, keys) });
  }
  return lacked;
}

/** The keys that one index can begin with, one behind the other, up to the longest. */
function chainTo(longest: UnservedKey, all: readonly UnservedKey[]): readonly UnservedKey[] {
  const chain: UnservedKey[] = [];
  for (const each of [...all].sort((a, b) => a.key.columns.length - b.key.columns.length)) {
    const last = chain.at(-1);
    if (isWithin(each, longest) && (last === undefined || isWithin(last, each))) chain.push(each);
  }
  return chain;
}

/** The longest first; of those as long, one whose columns a partial index has in an order already. */
function precedence({ key, coverage }: UnservedKey): number {
  return key.columns.length * 2 + Number(partialOf(coverage) !== undefined);
}

function isWithin({ key }: UnservedKey, { key: other }: UnservedKey, size?: 'alike'): boolean {
  const isAsLong = size === undefined || key.columns.length === other.columns.length;
  return isAsLong && key.columns.every((id) => other.columns.includes(id));
}

/** Those of the shorter keys first; as a partial index has them; else those behind that lead an index already, which would be spare beside the new one. */
function columnsOf(graph: SchemaGraph, keys: readonly UnservedKey[]): readonly EntityId[] {
  const columns: EntityId[] = [];
  for (const { key, coverage } of keys) {
    const partial = partialOf(coverage);
    const indexes = graph.ownedBy(key.table, 'index');
    const rank = (id: EntityId): number => {
      if (partial !== undefined) return partial.keys.findIndex(({ column }) => column === id);
      return indexes.some(({ keys: [first] }) => first?.column === id) ? 1 : 0;
    };
    columns.push(...key.columns.filter((id) => !columns.includes(id)).sort((a, b) => rank(a) - rank(b)));
  }
  return columns;
}

function partialOf(coverage: UnservedKey['coverage']): EntityOf<'index'> | undefined {
  return coverage.by === 'scan' ? coverage.partial : undefined;
}
