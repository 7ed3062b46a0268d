import { askedOnce, readOnce } from '../asked-once.ts';
import { searchPathOf } from '../binding/graph-names.ts';
import type { EntityOf } from '../entities/index.ts';
import { bornIn } from '../history/born-in.ts';
import { dumpedMigrations } from '../history/dumped-migrations.ts';
import type { Change, History, Migration } from '../journal.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type FailingName, isUsersSchema, mayMake } from './failing-names.ts';

/**
 * Was the table not there when pg_dump wrote the routine down? A dump has all tables of its schemas, so that one which it lacks there is no table that was made
 * elsewhere: other tables that the files need may have been made so behind it.
 */
export function wasMissingInDump(
  graph: SchemaGraph,
  { journal, statements }: History,
  routine: EntityOf<'function'>,
  failing: FailingName,
): boolean {
  const file = routine.body?.at?.file;
  if (failing.kind !== 'relation' || file === undefined) return false;
  const dump = [...dumpedMigrations(statements)].find((each) => each.file === file);
  if (dump === undefined) return false;
  if (rejectedFiles(journal).has(file)) return false;
  if (graph.doubts.some((each) => each.before > routine.id && mayMake(each, 'existence'))) return false;
  const wanted = schemasWanted(graph, routine, failing).filter((name) => !isMadeAfter(graph, journal, name, dump));
  return wanted.length > 0 && wanted.every((schema) => schemasWithTables(graph).get(file)?.has(schema));
}

function schemasWanted(graph: SchemaGraph, routine: EntityOf<'function'>, { schema }: FailingName): readonly string[] {
  if (schema !== undefined) return [schema];
  return searchPathOf(graph, routine).filter((each) => isUsersSchema(graph, each));
}

/** Nothing was in a schema that was not there yet. */
function isMadeAfter(graph: SchemaGraph, journal: readonly Change[], name: string, dump: Migration): boolean {
  const schema = graph.global('schema', name);
  const born = schema === undefined ? undefined : bornIn(journal, schema.id);
  return born !== undefined && born.index > dump.index;
}

/** By file, the schemas of the tables that it makes. */
const schemasWithTables = askedOnce((graph): ReadonlyMap<string, ReadonlySet<string>> => {
  const byFile = new Map<string, Set<string>>();
  for (const { name, origin } of graph.ofKind('table')) {
    if (origin.from !== 'statement') continue;
    const schemas = byFile.get(origin.at.file) ?? new Set();
    byFile.set(origin.at.file, schemas.add(name.schema));
  }
  return byFile;
});

/** The files of which some text is no statement. */
const rejectedFiles = readOnce((journal: readonly Change[]): ReadonlySet<string> => {
  const files = new Set(journal.flatMap((each) => (each.type === 'rejected' ? [each.at.file] : [])));
  return files;
});
