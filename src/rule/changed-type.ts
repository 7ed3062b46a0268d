import type { EntityOf } from '../graph/entities/index.ts';
import { namingRoutines } from '../graph/routines/naming-columns.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { returnedColumns } from '../graph/types/returned-columns.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { RelatedPlace } from './finding.ts';
import { brief } from './prose.ts';

type Column = EntityOf<'column'>;

/** The functions that fail on each call once one of the columns is of another type: there is no fix beside them. */
export function returnedAsTheyAre(graph: SchemaGraph, columns: readonly Column[]): readonly RelatedPlace[] {
  const returned = returnedColumns(graph);
  return columns.flatMap((column) =>
    (returned.get(column.id) ?? []).flatMap(({ name, origin }) => {
      const note = `${brief(name)}() returns ${quoteIdentifier(column.name)} by its present type, and fails on each call (42804) once it has another: it has to be made again (DROP FUNCTION, then CREATE with its grants), so that there is no fix here`;
      return origin.from === 'statement' ? [{ note, at: origin.at }] : [];
    }),
  );
}

/** The functions that name a column, which a type without comparisons to the former breaks: there is no fix beside them. */
export function namedInBodies(graph: SchemaGraph, column: Column, type: string): readonly RelatedPlace[] {
  return (namingRoutines(graph).get(column.id) ?? []).flatMap(({ name, origin }) => {
    const note = `${brief(name)}() names ${quoteIdentifier(column.name)}: what compares it with a text, or takes it for one, fails once it is ${type} (42883, 42804), so that there is no fix here`;
    return origin.from === 'statement' ? [{ note, at: origin.at }] : [];
  });
}

/** Does a function return one of the columns by its present type? */
export function isReturnedAsItIs(graph: SchemaGraph, columns: readonly Column[]): boolean {
  const returned = returnedColumns(graph);
  return columns.some(({ id }) => returned.has(id));
}

/** Does a function name the column? */
export function isNamedInBodies(graph: SchemaGraph, { id }: Column): boolean {
  return namingRoutines(graph).has(id);
}
