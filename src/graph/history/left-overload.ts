import { isInput } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { type Change, fieldsOfStatement } from '../journal.ts';
import { namedCalls } from '../routines/named-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { sameType } from '../types/type-ref.ts';
import { bornBy } from './born-in.ts';

type Routine = EntityOf<'function'>;

/**
 * The function in whose place another was to come: CREATE OR REPLACE in a later file gives or takes parameters, by which it is another function (docs, CREATE
 * FUNCTION), and the former one stays. Only where the two do much the same by their texts, neither by the other, and nothing has been said of the former one
 * since: who grants it, comments on it or writes it anew means both.
 */
export function leftOverload(graph: SchemaGraph, journal: readonly Change[], newer: Routine): Routine | undefined {
  const made = bornBy(journal, newer.id);
  if (made === undefined || fieldsOfStatement(made, 'CreateFunctionStmt')?.replace !== true) return undefined;
  return graph.functions(newer.name).find((older) => {
    const before = older.id === newer.id ? undefined : bornBy(journal, older.id);
    if (before === undefined || before.migration.index >= made.migration.index) return false;
    if (older.routine !== newer.routine || !isResigned(older, newer) || !isMuchAlike(older, newer)) return false;
    const isNamed = [older, newer].some((each) => namedCalls(graph, each, each.name.name)?.length !== 0);
    const isTold = journal.some(
      (each) => each.type === 'altered' && each.after.id === older.id && each.by.index > made.index,
    );
    return !isNamed && !isTold && graph.dependents(older.id).length === 0;
  });
}

/** Are the parameters of the one among those of the other, by name and type? */
function isResigned(one: Routine, other: Routine): boolean {
  const [fewer = [], more = []] = [one, other]
    .map(({ parameters }) => parameters.filter(isInput))
    .sort((a, b) => a.length - b.length);
  if (fewer.length === 0 || fewer.length === more.length) return false;
  return fewer.every(
    ({ name, type }) => name !== null && more.some((each) => each.name === name && sameType(each.type, type)),
  );
}

/** Of the shorter body, half of all words in a row of three are in the other as well. */
function isMuchAlike(one: Routine, other: Routine): boolean {
  const [fewer = new Set<string>(), more = new Set<string>()] = [one, other]
    .map(({ body }) => triples(body?.text ?? ''))
    .sort((a, b) => a.size - b.size);
  const shared = [...fewer].filter((each) => more.has(each)).length;
  return fewer.size > 0 && shared >= fewer.size / 2;
}

function triples(text: string): ReadonlySet<string> {
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}_$]+/u)
    .filter((each) => each !== '');
  return new Set(words.slice(2).map((word, at) => `${words[at]} ${words[at + 1]} ${word}`));
}
