import { skipBlank, tokenEnd } from '../../sql/token.ts';
import type { EntityOf } from '../entities/index.ts';
import type { RoutineWrite } from '../query-shapes/routine-shape.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { stepOf } from '../query-shapes/step.ts';
import { isNamedInBody } from '../routines/function-body.ts';
import { sameExpression } from '../same-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Trigger = EntityOf<'trigger'>;
type Routine = EntityOf<'function'>;

/** A trigger that does for each write what an older one of the table does as well. */
export interface TwinTrigger {
  readonly kept: Trigger;
  readonly function: Routine;
  /** What the older one calls: the same function, or one that says the same. */
  readonly other: Routine;
  /** How many triggers of the table do it, this one among them. */
  readonly copies: number;
  /** What is done twice by it, and shows: a count, or rows that are added. */
  readonly doubled: { readonly deed: 'counts' | 'adds'; readonly write: RoutineWrite } | undefined;
}

/** Postgres runs all triggers of a table, whatever they are called (docs, CREATE TRIGGER): the second of two that are alike does it all once more. */
export function twinTrigger(graph: SchemaGraph, trigger: Trigger): TwinTrigger | undefined {
  const called = calledBy(graph, trigger);
  if (called === undefined || isNamedInBody(called, 'tg_name')) return undefined;
  const alike = graph.ownedBy(trigger.relation, 'trigger').filter((each) => {
    return isAlike(each, trigger) && isSameWork(graph, calledBy(graph, each), called);
  });
  const kept = alike.find((each) => each.id < trigger.id);
  const other = kept === undefined ? undefined : calledBy(graph, kept);
  if (kept === undefined || other === undefined) return undefined;
  return { kept, function: called, other, copies: alike.length, doubled: doubledBy(graph, called) };
}

function calledBy(graph: SchemaGraph, { function: id, enabled }: Trigger): Routine | undefined {
  const called = id === null || enabled === 'disabled' ? undefined : graph.find(id);
  return called?.kind === 'function' && called.body !== null && isUsersOwn(graph, called) ? called : undefined;
}

/** In all but the name and the function. */
function isAlike(a: Trigger, b: Trigger): boolean {
  const marks = (each: Trigger) =>
    [
      ...[each.timing, each.level, each.enabled, each.isConstraint, each.isDeferrable, each.isInitiallyDeferred],
      ...[each.oldTable, each.newTable, each.events, each.arguments, [...each.updateColumns].sort()],
    ] as const;
  return JSON.stringify(marks(a)) === JSON.stringify(marks(b)) && sameExpression(a.when, b.when);
}

/** The same function, or another with the same body that names no tables, which it might find elsewhere. */
function isSameWork(graph: SchemaGraph, a: Routine | undefined, b: Routine): boolean {
  if (a === undefined || a.id === b.id) return a !== undefined;
  const isPlain = [a, b].every((each) => {
    const { isWhole, queries, calls } = routineShape(graph, each);
    return isWhole && queries.every(({ sources }) => sources.length === 0) && calls.length === 0;
  });
  return isPlain && a.language === b.language && tokensOf(a) === tokensOf(b);
}

/** The body without comments, and its names and keywords in lower case. */
function tokensOf({ body }: Routine): string {
  const text = body?.text ?? '';
  const tokens: string[] = [];
  for (let at = skipBlank(text, 0); at < text.length; ) {
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    tokens.push(/^[a-z_]\w*$/i.test(token) ? token.toLowerCase() : token);
    at = skipBlank(text, end);
  }
  // PL/pgSQL takes := and = for the same, and a last semicolon or none.
  return tokens.join(' ').replaceAll(/: ?=/g, '=').replace(/ ;$/, '');
}

function doubledBy(graph: SchemaGraph, routine: Routine): TwinTrigger['doubled'] {
  const { isWhole, queries, writes } = routineShape(graph, routine);
  if (!isWhole) return undefined;
  // What it looks up first may tell it that the work is done.
  const looked = new Set(
    queries.flatMap(({ sources }) => sources.flatMap((each) => (each.isTarget ? [] : [each.relation]))),
  );
  const blind = writes.filter(({ write: { relation } }) => relation !== null && !looked.has(relation));
  const counted = blind.find(({ write, query }) => {
    if (write.kind !== 'update' || !write.sets.some((each) => stepOf(each.value, each.name) !== undefined))
      return false;
    const tested = query.sources.flatMap(({ tests }) => tests.map(({ column }) => column));
    return !write.sets.some(({ column }) => column !== null && tested.includes(column));
  });
  if (counted !== undefined) return { deed: 'counts', write: counted };
  const added = blind.find(
    ({ write }) => write.kind === 'insert' && write.onConflict === null && isUnkeyed(graph, write),
  );
  return added === undefined ? undefined : { deed: 'adds', write: added };
}

/** No unique key refuses the second row: each has a column that the statement does not give. */
function isUnkeyed(graph: SchemaGraph, { relation, sets }: RoutineWrite['write']): boolean {
  if (relation === null || graph.find(relation)?.kind !== 'table') return false;
  const given = new Set(sets.flatMap(({ column }) => column ?? []));
  const keys = graph.ownedBy(relation, 'index').filter(({ isUnique }) => isUnique);
  return keys.every((each) => each.keys.some(({ column }) => column !== null && !given.has(column)));
}
