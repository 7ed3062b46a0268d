import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { namingRoutines } from '../graph/routines/naming-columns.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { returnedColumns } from '../graph/types/returned-columns.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { type RelatedPlace, relatedAt } from './finding.ts';
import { andList, brief } from './prose.ts';

type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;

/** The functions that return one of the columns by its present type, and fail on each call once it has another. */
export function returningFunctions(graph: SchemaGraph, columns: Iterable<EntityId>): readonly Routine[] {
  const returned = returnedColumns(graph);
  return [...new Set([...columns].flatMap((id) => returned.get(id) ?? []))];
}

/** Why there is no fix beside functions that return such a column, without the full stop. */
export function returnedText(functions: readonly Routine[], column: string): string {
  const names = andList(
    functions.map(({ name }) => `${brief(name)}()`),
    4,
  );
  const verbs = functions.length === 1 ? ['returns', 'fails', 'it has'] : ['return', 'fail', 'they have'];
  const [returns, fails, has] = verbs;
  return `${names} ${returns} ${column} by its present type and ${fails} on each call (42804) once that is another: ${has} to be made again with it (DROP FUNCTION, then CREATE with its grants), so that there is no fix here`;
}

/** The functions that fail on each call once one of the columns is of another type: there is no fix beside them. */
export function returnedAsTheyAre(graph: SchemaGraph, columns: readonly Column[]): readonly RelatedPlace[] {
  return columns.flatMap(({ id, name }) =>
    returningFunctions(graph, [id]).flatMap((each) => relatedAt(each, returnedText([each], quoteIdentifier(name)))),
  );
}

/** The functions that name a column, which a type without comparisons to the former breaks: there is no fix beside them. */
export function namedInBodies(graph: SchemaGraph, column: Column, type: string): readonly RelatedPlace[] {
  return (namingRoutines(graph).get(column.id) ?? []).flatMap((each) => {
    const note = `${brief(each.name)}() names ${quoteIdentifier(column.name)}: what compares it with a text, or takes it for one, fails once it is ${type} (42883, 42804), so that there is no fix here`;
    return relatedAt(each, note);
  });
}

/** Does a function return one of the columns by its present type? */
export function isReturnedAsItIs(graph: SchemaGraph, columns: readonly Column[]): boolean {
  const ids = columns.map(({ id }) => id);
  return returningFunctions(graph, ids).length > 0;
}

/** Does a function name the column? */
export function isNamedInBodies(graph: SchemaGraph, { id }: Column): boolean {
  return namingRoutines(graph).has(id);
}
