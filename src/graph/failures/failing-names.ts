import { quoteIdentifier } from '../../sql/name.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import type { PlHandler } from '../../sql/plpgsql.ts';
import { walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { saidExtraPath } from '../binding/api-path.ts';
import { searchPathOf } from '../binding/graph-names.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Aspect, Doubt } from '../journal.ts';
import { extensionsWith } from '../lexicon/extension-functions.ts';
import type { OpenName } from '../query-shapes/open-names.ts';
import { raises } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import { mayChoosePath, pinsPath } from '../routines/pins-path.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { mayBeMadeInBody } from './temporary-tables.ts';

type Routine = EntityOf<'function'>;

/** SQLSTATEs (docs, appendix A) by what is missing, with the name a handler catches them by. */
const ERRORS = {
  relation: { code: '42P01', condition: 'undefined_table' },
  qualifier: { code: '42P01', condition: 'undefined_table' },
  column: { code: '42703', condition: 'undefined_column' },
  function: { code: '42883', condition: 'undefined_function' },
  type: { code: '42704', condition: 'undefined_object' },
  ambiguous: { code: '42702', condition: 'ambiguous_column' },
} as const;

/** A place in a routine's body at which Postgres raises an error when the statement is run. */
export interface FailingPlace
  extends Pick<OpenName, 'statement' | 'isAlwaysReached' | 'isWholeBody' | 'undoesAll' | 'at'> {
  /** SQLSTATE. */
  readonly code: string;
  /** A table that the history does not make, while it leaves out others that are there: what comes behind it is not known to fail first. */
  readonly mayBeThere: boolean;
  /** A handler for OTHERS around it catches the error, and raises none. */
  readonly isCaught: boolean;
}

/** A name at which it does. */
export interface FailingName extends FailingPlace {
  readonly kind: keyof typeof ERRORS;
  /** As a person would write it: `accounts.owner`, `public.f`. */
  readonly name: string;
  /** The name alone. */
  readonly bare: string;
  /** That it is written with. */
  readonly schema: string | undefined;
  /** The relation that lacks the column. */
  readonly relation: EntityId | null;
  /** All that its statement names. */
  readonly relations: readonly EntityId[];
  /** The schema that has an object of that name, where only the routine's search_path does not find it. */
  readonly foundIn: string | null;
}

/**
 * The names by which a routine fails: columns, tables, functions and types that do not exist, and columns that a variable is called
 * like. Postgres looks for them when a statement of PL/pgSQL is first run, not when the routine is made. Nothing is concluded
 * where a temporary table, text put together at run time, an extension or something that was not understood may bring the name,
 * nor where the body itself asks for it (to_regclass(), information_schema, a handler for that very error).
 */
export function failingNames(graph: SchemaGraph, routine: Routine): readonly FailingName[] {
  return failingWhere(graph, routine, (open) => failureOf(graph, routine, open));
}

/**
 * The names by which each request to the API fails that comes to them, of a routine without a search_path of its own: they are in a schema that the path
 * of such requests does not have (docs of PostgREST, db-extra-search-path). Where nobody says that path, it is not known.
 */
export function failingOverApi(graph: SchemaGraph, routine: Routine): readonly FailingName[] {
  const said = saidExtraPath(graph);
  if (said === undefined || mayChoosePath(routine)) return [];
  const path = [routine.name.schema, ...said];
  return failingWhere(graph, routine, (open) => {
    const homes = homesOf(graph, routine, open);
    const [home] = homes;
    if (home === undefined || homes.some((each) => path.includes(each))) return undefined;
    const mayBeThere = isHistoryIncomplete(graph) || mayBeMade(graph, 'existence') || mayBeMade(graph, 'functions');
    return { name: quoteIdentifier(open.name), relation: null, foundIn: home, mayBeThere };
  });
}

function failingWhere(
  graph: SchemaGraph,
  routine: Routine,
  failure: (open: OpenName) => Missing | undefined,
): readonly FailingName[] {
  const shape = routineShape(graph, routine);
  const failing: FailingName[] = [];
  if (shape.openNames.length === 0) return failing;
  const asked = askedFor(routine);
  for (const open of shape.openNames) {
    const kind = open.reason === 'ambiguous' ? 'ambiguous' : open.isQualifier ? 'qualifier' : open.kind;
    // Which of several functions is meant rests on types that may not be known.
    if (kind === 'ambiguous' && open.kind !== 'column') continue;
    const { code, condition } = ERRORS[kind];
    const isCaught = isCaughtAround(open.handlers, code, condition);
    if (isCaught === undefined) continue;
    const found = failure(open);
    if (found === undefined || (kind !== 'ambiguous' && asked.has(open.name))) continue;
    const { statement, isAlwaysReached, isWholeBody, undoesAll, at, relations, schema } = open;
    failing.push({
      kind,
      code,
      bare: open.name,
      schema,
      mayBeThere: false,
      ...found,
      relations,
      statement,
      isAlwaysReached,
      isWholeBody,
      undoesAll,
      at,
      isCaught,
    });
  }
  return failing;
}

/** Does a handler for OTHERS end an error silently? Undefined where one expects that very error. */
export function isCaughtAround(handlers: readonly PlHandler[], code: string, condition: string): boolean | undefined {
  const caught = handlers.flatMap(({ conditions }) => conditions.map(({ value }) => value));
  if (caught.includes(condition) || caught.includes(code)) return undefined;
  const handler = handlers.find(({ conditions }) => conditions.some(({ value }) => value === 'others'));
  return handler !== undefined && !raises(handler);
}

/** A history whose first tables were made elsewhere: others may have been as well. */
export const isHistoryIncomplete = askedOnce((graph) =>
  graph.ofKind('table').some(({ isAssumed }) => isAssumed === true),
);

type Missing = Pick<FailingName, 'name' | 'relation' | 'foundIn'> & Partial<Pick<FailingName, 'mayBeThere'>>;

function failureOf(graph: SchemaGraph, routine: Routine, open: OpenName): Missing | undefined {
  switch (open.kind) {
    case 'column':
      return columnFailure(graph, open);
    case 'relation':
      return open.isQualifier ? qualifierFailure(graph, open) : relationFailure(graph, routine, open);
    case 'function':
      return mayBeMade(graph, 'functions') ? undefined : functionFailure(graph, routine, open);
    case 'type':
      return mayBeMade(graph, 'types') ? undefined : typeFailure(graph, routine, open);
  }
}

function columnFailure(graph: SchemaGraph, { name, relation: id, relations }: OpenName): Missing | undefined {
  // What the platform's own tables have differs from version to version.
  const all = id === undefined ? relations : [...relations, id];
  const read = all.flatMap((each) => graph.find(each) ?? []);
  if (read.some((each) => !isUsersOwn(graph, each) || graph.isDoubtful(each, ['columns', 'existence'])))
    return undefined;
  const relation = id === undefined ? undefined : graph.find(id);
  const prefix = relation !== undefined && 'name' in relation ? `${graph.path(relation)}.` : '';
  return { name: `${prefix}${quoteIdentifier(name)}`, relation: id ?? null, foundIn: null };
}

function relationFailure(graph: SchemaGraph, routine: Routine, { schema, name }: OpenName): Missing | undefined {
  if (/^pg_/.test(name) || (schema === undefined && mayBeTemporary(graph, routine, name))) return undefined;
  if (schema !== undefined && !isUsersSchema(graph, schema)) return undefined;
  const found =
    schema === undefined
      ? unqualified(graph, routine, name, relationSchemas(graph).get(name) ?? [])
      : missing(schema, name);
  // Where the first tables were made elsewhere, or something not understood may have made it, another may be there as well.
  const mayBeThere = isHistoryIncomplete(graph) || mayBeMade(graph, 'existence');
  return found && { ...found, mayBeThere };
}

/** "missing FROM-clause entry for table": what stands before the dot is no variable either, and is a relation, so that nothing else brings it. */
function qualifierFailure(graph: SchemaGraph, { schema, name }: OpenName): Missing | undefined {
  const isRelation = (relationSchemas(graph).get(name) ?? []).some((each) => isUsersSchema(graph, schema ?? each));
  return isRelation ? { name: quoteIdentifier(name), relation: null, foundIn: null } : undefined;
}

function typeFailure(graph: SchemaGraph, routine: Routine, { schema, name }: OpenName): Missing | undefined {
  if (
    isHistoryIncomplete(graph) ||
    graph.ofKind('extension').some((each) => schema === undefined || isIn(graph, each, schema))
  )
    return undefined;
  if (schema !== undefined) return isUsersSchema(graph, schema) ? missing(schema, name) : undefined;
  return unqualified(graph, routine, name, []);
}

function functionFailure(graph: SchemaGraph, routine: Routine, { schema, name }: OpenName): Missing | undefined {
  const extensions = graph.ofKind('extension');
  if (schema !== undefined) {
    const isOpen = isHistoryIncomplete(graph) || extensions.some((each) => isIn(graph, each, schema));
    return !isOpen && isUsersSchema(graph, schema) ? missing(schema, name) : undefined;
  }
  // What an extension brings and nobody knows of may answer to any other name.
  const bringing = extensions.filter((each) => extensionsWith(name).includes(each.name));
  const homes = bringing.flatMap(({ schema: id }) => (id === null ? [] : graph.get('schema', id).name));
  const schemas = [...homes, ...(functionSchemas(graph).get(name) ?? [])];
  return schemas.length === 0 ? undefined : unqualified(graph, routine, name, schemas);
}

/** The schemas that have a name which the body writes without one, where its path finds none: for each such name. */
export function openHomes(graph: SchemaGraph, routine: Routine): readonly (readonly string[])[] {
  const homes = routineShape(graph, routine).openNames.map((each) => homesOf(graph, routine, each));
  return homes.filter((each) => each.length > 0);
}

/** The schemas of users that have such a name. */
function homesOf(
  graph: SchemaGraph,
  routine: Routine,
  { schema, kind, name, reason, isQualifier }: OpenName,
): readonly string[] {
  if (schema !== undefined || reason !== 'unknown' || isQualifier) return [];
  if (kind === 'relation' && (/^pg_/.test(name) || mayBeTemporary(graph, routine, name))) return [];
  const byName =
    kind === 'relation' ? relationSchemas(graph) : kind === 'function' ? functionSchemas(graph) : undefined;
  return [...new Set(byName?.get(name))].filter((each) => isUsersSchema(graph, each));
}

function missing(schema: string, name: string): Missing {
  const prefix = schema === 'public' ? '' : `${quoteIdentifier(schema)}.`;
  return { name: `${prefix}${quoteIdentifier(name)}`, relation: null, foundIn: null };
}

/** Without a schema, the path decides: one that the caller sets may lead to any schema that has the name. */
function unqualified(
  graph: SchemaGraph,
  routine: Routine,
  name: string,
  schemas: readonly string[],
): Missing | undefined {
  const path = searchPathOf(graph, routine);
  if (schemas.some((each) => path.includes(each)) || (!pinsPath(routine) && schemas.length > 0)) return undefined;
  if (path.some((each) => graph.global('schema', each) === undefined)) return undefined;
  return { name: quoteIdentifier(name), relation: null, foundIn: schemas[0] ?? null };
}

export function isUsersSchema(graph: SchemaGraph, name: string): boolean {
  const schema = graph.global('schema', name);
  if (schema === undefined || schema.isAssumed === true || schema.extension !== undefined) return false;
  return name === 'public' || (schema.origin.from !== 'platform' && !/^(?:pg_|information_schema$)/.test(name));
}

function isIn(graph: SchemaGraph, { schema }: EntityOf<'extension'>, name: string): boolean {
  return schema === null || graph.get('schema', schema).name === name;
}

/** Something that was not understood may have made anything of this kind. */
export function mayBeMade(graph: SchemaGraph, aspect: Aspect): boolean {
  return graph.doubts.some((each) => mayMake(each, aspect));
}

export function mayMake({ aspects, reach }: Doubt, aspect: Aspect): boolean {
  const isAnywhere = reach === 'any' || 'schemas' in reach;
  return isAnywhere && (aspects === 'anything' || aspects.includes(aspect));
}

const relationSchemas = askedOnce((graph): ReadonlyMap<string, readonly string[]> => {
  const kinds = ['table', 'view', 'materializedView', 'foreignTable', 'sequence'] as const;
  return schemasByName(kinds.flatMap((kind) => graph.ofKind(kind)));
});

const functionSchemas = askedOnce((graph) => schemasByName(graph.ofKind('function')));

function schemasByName(
  all: readonly { readonly name: { readonly schema: string; readonly name: string } }[],
): ReadonlyMap<string, readonly string[]> {
  const byName = new Map<string, readonly string[]>();
  for (const { name } of all) byName.set(name.name, [...(byName.get(name.name) ?? []), name.schema]);
  return byName;
}

/** A table that a body makes, a trigger hands over, or text put together at run time may make. */
function mayBeTemporary(graph: SchemaGraph, routine: Routine, name: string): boolean {
  if (mayBeMadeInBody(graph, name)) return true;
  return graph.dependents(routine.id).some((each) => {
    return each.kind === 'trigger' && (each.newTable === name || each.oldTable === name);
  });
}

/** Bodies that ask the catalog what there is. */
const CATALOG = /\b(?:information_schema|pg_(?:attribute|class|proc|type|tables|views|namespace)|to_reg\w+)\b/i;

/** The names a body asks the catalog for, and so may not need: all its texts, word by word. */
function askedFor(routine: Routine): ReadonlySet<string> {
  const words = new Set<string>();
  if (!CATALOG.test(routine.body?.text ?? '')) return words;
  for (const { tree } of expressionsOf(bodyTree(routine))) {
    walk(tree, (_, node) => {
      const text = fieldsOf(node, 'A_Const')?.sval?.sval ?? '';
      for (const word of [text, ...text.split(/[^\p{L}\p{N}_$]+/u)]) words.add(word);
      return undefined;
    });
  }
  return words;
}
