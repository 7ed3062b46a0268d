import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/** A foreign key that another of the table says once more, with the same action or another. */
export interface TwinKey {
  /** The one to keep. */
  readonly kept: ForeignKey;
  /** For which change of the row referred to the two say something else. */
  readonly differsOn: 'delete' | 'update' | undefined;
  /** Neither says no more than the default for that change: which of them is meant cannot be known. */
  readonly isOpen: boolean;
}

/** The twins of a key: the same columns refer to the same columns. Postgres makes as many as there are names for them, and checks each. */
export const twinsOf = askedOnce((graph: SchemaGraph, key: ForeignKey): readonly ForeignKey[] =>
  isComparable(key)
    ? graph
        .ownedBy(key.table, 'foreignKey')
        .filter((each) => each.id !== key.id && isComparable(each) && pairs(each) === pairs(key))
    : [],
);

/** What a key is a twin of, where it is the one to drop. */
export function twinKey(graph: SchemaGraph, key: ForeignKey): TwinKey | undefined {
  let kept = key;
  for (const each of twinsOf(graph, key)) if (isBetterKept(graph, each, kept)) kept = each;
  if (kept.id === key.id) return undefined;
  const differsOn = differenceOf(kept, key);
  const action = (each: ForeignKey) => (differsOn === 'update' ? each.onUpdate : each.onDelete);
  const isOpen = differsOn !== undefined && action(kept) !== 'no action' && action(key) !== 'no action';
  return { kept, differsOn, isOpen };
}

/** A key that waits for the end of the transaction, or counts NULLs otherwise, does another thing. */
function isComparable({ parent, isEnforced, isDeferrable, match, columns, referencedColumns }: ForeignKey): boolean {
  const isPlain = match === 'simple' || columns.length === 1;
  return parent === null && isEnforced && !isDeferrable && isPlain && referencedColumns.length === columns.length;
}

function pairs({ columns, referencedTable, referencedColumns }: ForeignKey): string {
  const sorted = columns.map((column, at) => `${column}>${referencedColumns[at]}`).sort();
  return [referencedTable, ...sorted].join();
}

function differenceOf(a: ForeignKey, b: ForeignKey): TwinKey['differsOn'] {
  const emptied = (each: ForeignKey) => [...each.setColumns].sort().join();
  if (a.onDelete !== b.onDelete || emptied(a) !== emptied(b)) return 'delete';
  return a.onUpdate === b.onUpdate ? undefined : 'update';
}

/** The one that says what is to happen, then the one that was checked for the rows there are, then the one Postgres names so, then by name. */
function isBetterKept(graph: SchemaGraph, a: ForeignKey, b: ForeignKey): boolean {
  const rank = (key: ForeignKey): number =>
    (key.onDelete === 'no action' ? 0 : 8) +
    (key.onUpdate === 'no action' ? 0 : 4) +
    (key.isValidated ? 2 : 0) +
    (key.name === usualName(graph, key) ? 1 : 0);
  const [first, second] = [rank(a), rank(b)];
  return first === second ? a.name < b.name : first > second;
}

function usualName(graph: SchemaGraph, { table, columns }: ForeignKey): string {
  return [graph.get('table', table).name.name, ...graph.columnNames(columns), 'fkey'].join('_');
}
