import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { RefusedText } from '../graph/sign-up/refused-texts.ts';
import { expressionRange } from '../sql/range.ts';
import type { Fix } from './finding.ts';
import { redefined } from './redefined.ts';

/** The text cut off where the column ends, varchar(n); what a CHECK takes is not known so well. */
export function cutText(
  graph: SchemaGraph,
  { function: called, statement, set, limit }: RefusedText,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const text = texts.get(statement.at.file);
  if (limit.kind !== 'length' || text === undefined || set.value === null) return undefined;
  const { start, end } = expressionRange(set.value, text);
  const written = redefined(graph, called, texts, [
    { at: start, text: 'left(' },
    { at: end, text: `, ${limit.most})` },
  ]);
  return written === undefined
    ? undefined
    : { title: `Cut the text off behind ${limit.most} characters`, safety: 'review', sql: written };
}
