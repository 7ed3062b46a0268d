import { askedOnce } from '../graph/asked-once.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { apiCallers } from '../graph/privileges/api-calls.ts';
import { routineShape } from '../graph/query-shapes/routine-shape.ts';
import { testedVariables } from '../graph/query-shapes/tested-variables.ts';
import type { UnquotedValue } from '../graph/query-shapes/text-origins.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { AuditSettings } from './rule.ts';

/** What callers or writers of rows choose and no test of the body looks at, each once. */
export function chosenValues(graph: SchemaGraph, routine: EntityOf<'function'>): readonly UnquotedValue[] {
  const { dynamic, block } = routineShape(graph, routine);
  const chosen = dynamic
    .flatMap(({ unquoted }) => unquoted)
    .filter(({ source, canHoldSql }) => canHoldSql && (source === 'parameter' || source === 'row'));
  if (chosen.length === 0 || block === null) return [];
  const tested = testedVariables(block);
  return chosen
    .filter(({ name }) => !tested.has(name))
    .filter((each, at, all) => all.findIndex(({ name }) => name === each.name) === at);
}

/** Do the values reach nothing but statements that make or change objects, as where a function makes the partitions of a table? */
export function areInDefinitionsOnly(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  values: readonly UnquotedValue[],
): boolean {
  const names = new Set(values.map(({ name }) => name));
  return routineShape(graph, routine)
    .dynamic.filter(({ unquoted }) => unquoted.some(({ name }) => names.has(name)))
    .every(({ beginning }) => beginning !== null && DEFINITION.test(beginning) && !/\bselect\b/i.test(beginning));
}

const DEFINITION = /^\s*(?:create|alter|drop|truncate|comment\s+on|reindex|cluster|vacuum|analyze)\s/i;

/**
 * Who may run SQL of their own here, and so make a temporary table, which goes before any other of its name: whoever may connect; of those who come
 * through Supabase's API, which runs no SQL of theirs, whoever may call a function that does.
 */
export function mayPlant(graph: SchemaGraph, settings: AuditSettings): boolean {
  if (settings.platform !== 'supabase') return true;
  const known = answers(graph);
  const answer =
    known.get(settings) ??
    graph
      .ofKind('function')
      .some((each) => chosenValues(graph, each).length > 0 && apiCallers(graph, each, settings).length > 0);
  known.set(settings, answer);
  return answer;
}

const answers = askedOnce((_: SchemaGraph) => new Map<AuditSettings, boolean>());
