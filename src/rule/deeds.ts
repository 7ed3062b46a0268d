import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { definitionsIn } from '../graph/query-shapes/definitions-in.ts';
import { routineDeeds, writesThrough } from '../graph/query-shapes/routine-deeds.ts';
import { routineShape } from '../graph/query-shapes/routine-shape.ts';
import { settingsSet } from '../graph/routines/settings-set.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { WriteTo } from '../graph/triggers/trigger-deeds.ts';
import { isUsersOwn } from '../graph/users-own.ts';
import { refreshedBy } from '../graph/views/refreshes.ts';
import { writtenName } from '../sql/nodes.ts';
import { nodesOf } from '../sql/walk.ts';
import { andList, brief, relationName } from './prose.ts';

/**
 * What a routine does, as a verb of a sentence: `writes to orders and items`, `deletes from notifications`, `writes to orders through close_day()`, `reads orders`, `runs CREATE TABLE`, `runs SQL that it puts together ("update public.%I …")`, `calls open_day()`, `runs`.
 * @param isTold which of the relations that it reads are named, where there are such
 */
export function deedsOf(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  isTold: (relation: EntityId) => boolean = () => true,
): string {
  const { writes, writesUnknown, reads } = routineDeeds(graph, routine);
  const names = (ids: typeof writes) => ids.map((id) => relationName(graph, id));
  const written = [...names(writes), ...writesUnknown];
  if (written.length > 0) return `${onlyDeletes(graph, routine) ? 'deletes from' : 'writes to'} ${andList(written, 3)}`;
  const below = writesThrough(graph, routine);
  if (below.writes.length > 0) {
    const functions = below.through.map(({ name }) => `${brief(name)}()`);
    return `writes to ${andList(names(below.writes), 3)} through ${andList(functions, 3)}`;
  }
  const defined = definitionsIn(routine);
  if (defined.length > 0) return `runs ${andList(defined, 3)}`;
  const more = sendsText(graph, routine) ?? composedText(graph, routine);
  if (reads.length === 0)
    return refreshedText(graph, routine) ?? settingsText(graph, routine) ?? more ?? callsText(graph, routine) ?? 'runs';
  const told = reads.filter(isTold);
  return `reads ${andList(names(told.length > 0 ? told : reads), 3)}${more === undefined ? '' : ` and ${more}`}`;
}

/** `runs SQL that it puts together ("update public.%I set state = …")`: with what is always its beginning. */
function composedText(graph: SchemaGraph, routine: EntityOf<'function'>): string | undefined {
  const composed = routineShape(graph, routine).dynamic.filter(({ constant }) => constant === null);
  if (composed.length === 0) return undefined;
  const beginning = composed[0]?.beginning?.trim().replace(/\s+/g, ' ') ?? '';
  const shown = beginning.length > BEGINNING ? beginning.slice(0, BEGINNING).replace(/\s\S*$/, '') : beginning;
  return `runs SQL that it puts together${beginning === '' ? '' : ` ("${shown} …")`}`;
}

/** Characters: as much as says which statement it is and of what. */
const BEGINNING = 48;

/** `calls open_day()`: functions of the user's, where it does nothing else. */
function callsText(graph: SchemaGraph, routine: EntityOf<'function'>): string | undefined {
  const called = routineShape(graph, routine).calls.flatMap((id) => {
    const each = graph.find(id);
    return each?.kind === 'function' && isUsersOwn(graph, each) ? [`${brief(each.name)}()`] : [];
  });
  return called.length === 0 ? undefined : `calls ${andList(called, 3)}`;
}

/** `sends a request by net.http_post()`: what pg_net and http are called for by their names, whichever file makes them. */
function sendsText(graph: SchemaGraph, routine: EntityOf<'function'>): string | undefined {
  const calls = routineShape(graph, routine).expressions.flatMap(({ tree }) => nodesOf(tree, 'FuncCall'));
  for (const { funcname } of calls) {
    const { schema, name } = writtenName(funcname);
    const isTheirs = schema === 'net' || schema === 'extensions' || (schema === undefined && name !== 'http');
    if (SENDING.has(name) && isTheirs) return `sends a request by ${schema === undefined ? '' : `${schema}.`}${name}()`;
  }
  return undefined;
}

const SENDING: ReadonlySet<string> = new Set([
  ...['http_post', 'http_get', 'http_put', 'http_delete', 'http_patch', 'http'],
]);

/** `refreshes the materialized view totals, locking it`: without CONCURRENTLY nobody reads it meanwhile (docs, REFRESH MATERIALIZED VIEW). */
function refreshedText(graph: SchemaGraph, routine: EntityOf<'function'>): string | undefined {
  const refreshed = refreshedBy(graph, routine);
  if (refreshed.length === 0) return undefined;
  const names = [...new Set(refreshed.map(({ view }) => relationName(graph, view)))];
  const [views, them] = names.length === 1 ? ['view', 'it'] : ['views', 'them'];
  const isLocking = refreshed.some(({ isConcurrent }) => !isConcurrent);
  return `refreshes the materialized ${views} ${andList(names, 3)}${isLocking ? `, locking ${them},` : ''}`;
}

/** `sets whichever setting the caller names, for the session too, …`. */
function settingsText(graph: SchemaGraph, routine: EntityOf<'function'>): string | undefined {
  const set = settingsSet(graph, routine);
  const [named] = set.filter(({ name }) => name === undefined);
  const [first] = named === undefined ? set : [named];
  if (first === undefined) return undefined;
  const what =
    first.name === undefined
      ? 'sets whichever setting the caller names'
      : `sets ${first.name} to whatever the caller sends`;
  return set.every(({ isLocal }) => isLocal)
    ? `${what}, for its own transaction,`
    : `${what}, for the session too (a pooled connection keeps it for whoever comes next),`;
}

function onlyDeletes(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  const kinds = routineShape(graph, routine).queries.flatMap(({ writes }) => writes.map(({ kind }) => kind));
  return kinds.every((kind) => kind === 'delete' || kind === 'truncate');
}

/** What it writes, as verbs of a sentence: `adds to orders and deletes from items`. */
export function writesText(graph: SchemaGraph, writes: readonly Pick<WriteTo, 'kind' | 'relation'>[]): string {
  const done = writes.map(({ kind, relation }) => {
    const name = relationName(graph, relation);
    if (kind === 'insert') return `adds to ${name}`;
    return kind === 'update' ? `changes ${name}` : `deletes from ${name}`;
  });
  return andList([...new Set(done)], 3);
}
