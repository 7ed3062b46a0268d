import { quoteIdentifier } from '../../sql/name.ts';
import { searchPathOf } from '../binding/graph-names.ts';
import type { EntityOf } from '../entities/index.ts';
import { dumpedMigrations } from '../history/dumped-migrations.ts';
import type { Change, Statement } from '../journal.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type FailingName, isUsersSchema, mayMake } from './failing-names.ts';

/** What a history tells besides the graph that it ends in. */
export interface History {
  readonly journal: readonly Change[];
  readonly statements: readonly Statement[];
}

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
  if (journal.some((each) => each.type === 'rejected' && each.at.file === file)) return false;
  if (graph.doubts.some((each) => each.before > routine.id && mayMake(each, 'existence'))) return false;
  const files = new Map(statements.map(({ migration }) => [migration.file, migration.index]));
  const wanted = schemasWanted(graph, routine, failing).filter((name) => !isMadeAfter(graph, name, files, dump.index));
  return wanted.length > 0 && wanted.every((schema) => hasTableOf(graph, schema, file));
}

function schemasWanted(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { name, bare }: FailingName,
): readonly string[] {
  const prefix = name.slice(0, -quoteIdentifier(bare).length - 1);
  if (prefix !== '') return [prefix.replace(/^"(.*)"$/, '$1').replaceAll('""', '"')];
  return searchPathOf(graph, routine).filter((each) => isUsersSchema(graph, each));
}

/** Nothing was in a schema that was not there yet. */
function isMadeAfter(graph: SchemaGraph, name: string, files: ReadonlyMap<string, number>, dump: number): boolean {
  const origin = graph.global('schema', name)?.origin;
  return origin?.from === 'statement' && (files.get(origin.at.file) ?? dump) > dump;
}

function hasTableOf(graph: SchemaGraph, schema: string, file: string): boolean {
  return graph
    .ofKind('table')
    .some(({ name, origin }) => name.schema === schema && origin.from === 'statement' && origin.at.file === file);
}
