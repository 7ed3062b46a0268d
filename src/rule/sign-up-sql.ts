import type { EntityOf } from '../graph/entities/index.ts';
import { partAlone } from '../graph/routines/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { SignUpChoice } from '../graph/sign-up/sign-up-choices.ts';
import type { Fix } from './finding.ts';
import { redefined } from './redefined.ts';

/** The constant that everybody gets who sends nothing, for all. */
export function constantAtSignUp(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  choices: readonly SignUpChoice[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const text = texts.get(routine.body?.at?.file ?? '');
  const defaulted = new Set(choices.map((each) => each.defaulted));
  if (text === undefined || defaulted.has(null)) return undefined;
  const replaced = [...defaulted].flatMap((each) => (each === null ? [] : [partAlone(each[0], each[1], text)]));
  const places = new Map(replaced.map((each) => [each.at, each]));
  const written = redefined(graph, routine, texts, [...places.values()]);
  return written === undefined
    ? undefined
    : { title: 'Give each new user what those get who send nothing', safety: 'review', sql: written };
}
