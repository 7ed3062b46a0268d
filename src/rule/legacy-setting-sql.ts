import type { BoundExpression } from '../graph/bound-expression.ts';
import type { LegacyCall, LegacySetting } from '../graph/caller/legacy-settings.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteLiteral } from '../sql/name.ts';
import { expressionRange } from '../sql/range.ts';
import type { Fix } from './finding.ts';
import { redefined } from './redefined.ts';

const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['role', 'auth.role()'],
  ['sub', 'auth.uid()::text'],
  ['email', 'auth.email()'],
]);

/** What gives the same part of the request today, as text. */
export function readToday({ json, key }: LegacySetting): string {
  const own = json === 'request.jwt.claims' ? FUNCTIONS.get(key) : undefined;
  return own ?? `(nullif(current_setting(${quoteLiteral(json)}, true), '')::jsonb ->> ${quoteLiteral(key)})`;
}

/** The routine again, with its reads of settings that nothing sets replaced. */
export function readingToday(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  calls: readonly LegacyCall[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const text = texts.get(routine.body?.at?.file ?? '');
  if (text === undefined) return undefined;
  const insertions = calls.map(({ call, setting }) => {
    const { start, end } = expressionRange({ FuncCall: call }, text);
    return { at: start, end, text: readToday(setting) };
  });
  const written = redefined(graph, routine, texts, insertions);
  return written === undefined ? undefined : { title: 'Read what the API sets today', safety: 'review', sql: written };
}

/** The text of an expression with its reads replaced, each in a subselect where that is asked for. */
export function textReadingToday(
  { text, start }: BoundExpression,
  calls: readonly LegacyCall[],
  isWrapped: boolean,
): string | undefined {
  const edits = calls.map(({ call, setting }) => {
    const offset = (call.location ?? -1) - start;
    const end = /^\s*current_setting\s*\((?:[^()']|'[^']*')*\)/i.exec(text.slice(Math.max(offset, 0)))?.[0].length;
    return { offset, end, setting };
  });
  if (edits.some(({ offset, end }) => offset < 0 || end === undefined)) return undefined;
  return edits
    .sort((a, b) => b.offset - a.offset)
    .reduce((written, { offset, end = 0, setting }) => {
      const today = readToday(setting);
      return `${written.slice(0, offset)}${isWrapped ? `(select ${today})` : today}${written.slice(offset + end)}`;
    }, text);
}
