import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isCaseInsensitive, typeClass } from '../types/type-class.ts';
import { isIndexedEquality } from './column-tests.ts';
import type { KnownVariables } from './known-variables.ts';
import type { Query } from './query.ts';

/** The values that a column of the rows may have, or may not. */
interface Held {
  readonly isOneOf: boolean;
  readonly values: readonly string[];
}

type HeldColumn = readonly [EntityId, Held];

/**
 * Do two statements on one table want different rows, as a column has one value in those of the one and another in those of the other: `kind <> v`, where v is
 * known to be 'a', against `kind = 'a'`?
 */
export function areApartByValue(
  graph: SchemaGraph,
  table: EntityId,
  [one, knownToOne]: readonly [Query, KnownVariables],
  [other, knownToOther]: readonly [Query, KnownVariables],
): boolean {
  const theirs = heldIn(graph, table, other, knownToOther);
  return heldIn(graph, table, one, knownToOne).some(([column, mine]) =>
    theirs.some(([same, held]) => same === column && (excludes(mine, held) || excludes(held, mine))),
  );
}

function excludes(mine: Held, theirs: Held): boolean {
  if (!mine.isOneOf) return false;
  return mine.values.every((each) => theirs.values.includes(each) !== theirs.isOneOf);
}

function heldIn(graph: SchemaGraph, table: EntityId, query: Query, known: KnownVariables): readonly HeldColumn[] {
  const tested = query.sources.flatMap((source) =>
    source.relation !== table
      ? []
      : source.tests.flatMap((test): readonly HeldColumn[] => {
          const { column, kind, isBare, operator, constants, variable } = test;
          if (!isBare || !isWord(graph, column)) return [];
          const values = constants.length > 0 ? constants : (known.get(variable ?? '') ?? []);
          if (values.length === 0) return [];
          if (isIndexedEquality(test) || (kind === 'in' && constants.length > 0))
            return [[column, { isOneOf: true, values }]];
          // Of two values that v may have, `c <> v` leaves out one only.
          return operator === '<>' && values.length === 1 ? [[column, { isOneOf: false, values }]] : [];
        }),
  );
  const added = query.writes.flatMap(({ kind, relation, sets, onConflict }) =>
    kind !== 'insert' || relation !== table
      ? []
      : sets.flatMap(({ column, constant }): readonly HeldColumn[] => {
          if (column === null || typeof constant !== 'string' || !isWord(graph, column)) return [];
          const isOfKey = onConflict?.columns.includes(column) === true;
          return isOfKey ? [[column, { isOneOf: true, values: [constant] }]] : [];
        }),
  );
  return [...tested, ...added];
}

/** Of numbers and the like two spellings may be one value. */
function isWord(graph: SchemaGraph, column: EntityId): boolean {
  const { type } = graph.get('column', column);
  const kind = typeClass(graph, type);
  return kind === 'enum' || kind === 'boolean' || (kind === 'text' && !isCaseInsensitive(graph, type));
}
