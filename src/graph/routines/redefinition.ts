import type { A_Expr, Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { tagOf } from '../../sql/nodes.ts';
import { expressionRange } from '../../sql/range.ts';
import type { EntityOf } from '../entities/index.ts';

/** A piece of text to put into a body, before this offset of the file; in place of what stands up to `end`, where that is given. */
export interface Insertion {
  readonly at: number;
  readonly end?: number;
  readonly text: string;
}

/** Facts that CREATE OR REPLACE leaves as they are (docs, CREATE FUNCTION). */
const KEPT = new Set(['comment', 'acl', 'owner', 'extension']);

/**
 * The statement that gave a routine its body, as CREATE OR REPLACE, with pieces of text put in. Undefined where it cannot be
 * repeated as it was written: read from a catalog, inside a DO block, quoted otherwise than by $$, renamed or altered since.
 */
export function redefinition(
  routine: EntityOf<'function'>,
  texts: ReadonlyMap<string, string>,
  insertions: readonly Insertion[],
): string | undefined {
  const { body } = routine;
  return body?.at === undefined || body.quoting !== 'dollar'
    ? undefined
    : again(routine, body.at, /^create\s+(?:or\s+replace\s+)?(?=function\b|procedure\b)/i, texts, insertions);
}

/** The same for a view, with the options that its statement gives it: CREATE OR REPLACE takes away all others. */
export function viewAgain(
  view: EntityOf<'view'>,
  texts: ReadonlyMap<string, string>,
  insertions: readonly Insertion[],
): string | undefined {
  const { at } = view.query;
  return at === undefined ? undefined : again(view, at, /^create\s+(?:or\s+replace\s+)?(?=view\b)/i, texts, insertions);
}

/** @param part what the statement gave that is to be changed */
function again(
  { name, origin, setBy }: EntityOf<'function' | 'view'>,
  { file, start, end }: SourceLocation,
  begins: RegExp,
  texts: ReadonlyMap<string, string>,
  insertions: readonly Insertion[],
): string | undefined {
  const holds = (at: SourceLocation) => at.file === file && at.start <= start && at.end >= end;
  const origins = [origin, ...Object.entries(setBy).flatMap(([fact, each]) => (KEPT.has(fact) ? [] : [each]))];
  const places = origins.flatMap((each) => (each.from === 'statement' ? [each.at] : []));
  const statement = places.find(holds);
  const last = Object.entries(setBy).filter(([fact]) => !KEPT.has(fact));
  if (statement === undefined || places.length < origins.length) return undefined;
  if (last.some(([, each]) => each.from === 'statement' && !holds(each.at))) return undefined;
  const text = texts.get(file)?.slice(statement.start, statement.end);
  const head = begins.exec(text ?? '')?.[0];
  if (text === undefined || head === undefined) return undefined;
  const isQualified = /^(?:function|procedure|view)\s+(?:"[^"]*"|[^\s".(]+)\s*\./i.test(text.slice(head.length));
  if (!isQualified && name.schema !== 'public') return undefined;
  const written = [...insertions]
    .sort((a, b) => b.at - a.at)
    .reduce((rest, each) => {
      const at = each.at - statement.start;
      return rest.slice(0, at) + each.text + rest.slice((each.end ?? each.at) - statement.start);
    }, text);
  return `create or replace ${written.slice(head.length)};`;
}

const BOUND_TIGHTLY = new Set(['ColumnRef', 'FuncCall', 'A_Const', 'ParamRef', 'TypeCast', 'SubLink', 'CoalesceExpr']);

/** An explicit cast of a value in a body; `text` is the file's. */
export function castAround(value: Node, type: string, text: string): readonly Insertion[] {
  return putBehind(value, `::${type}`, text);
}

/** An operator and the rest behind a value, which gets brackets where it needs them; `text` is the file's. */
export function putBehind(value: Node, rest: string, text: string): readonly Insertion[] {
  const { start, end } = expressionRange(value, text);
  if (BOUND_TIGHTLY.has(tagOf(value) ?? '')) return [{ at: end, text: rest }];
  return [
    { at: start, text: '(' },
    { at: end, text: `)${rest}` },
  ];
}

/** A value for where the one in a body is NULL; `text` is the file's. */
export function valueOr(value: Node, other: string, text: string): readonly Insertion[] {
  const { start, end } = expressionRange(value, text);
  return [
    { at: start, text: 'coalesce(' },
    { at: end, text: `, ${other})` },
  ];
}

/** Part of an expression in place of the whole: `'user'` for `coalesce(…, 'user')`; `text` is the file's. */
export function partAlone(whole: Node, part: Node, text: string): Insertion {
  const [range, kept] = [expressionRange(whole, text), expressionRange(part, text)];
  return { at: range.start, end: range.end, text: text.slice(kept.start, kept.end) };
}

/** An expression in brackets in place of a name; `text` is the file's. */
export function partInPlace(name: Node, part: Node, text: string): Insertion {
  const [range, put] = [expressionRange(name, text), expressionRange(part, text)];
  return { at: range.start, end: range.end, text: `(${text.slice(put.start, put.end)})` };
}

/** What stands between a statement put in before a place and the one there: a new line, indented alike, where it begins its line. */
export function breakBefore(texts: ReadonlyMap<string, string>, { file, start }: SourceLocation): string {
  const before = (texts.get(file) ?? '').slice(0, start);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return line.trim() === '' ? `\n${line}` : ' ';
}

/** IS DISTINCT FROM in place of `<>`, IS NOT DISTINCT FROM in place of `=`; `text` is the file's. Undefined for other operators. */
export function distinctFrom({ location }: A_Expr, text: string): Insertion | undefined {
  const operator =
    location === undefined ? undefined : /^(?:<>|!=|=)(?![-+*/<>=~!@#%^&|`?])/.exec(text.slice(location))?.[0];
  if (location === undefined || operator === undefined) return undefined;
  const [before, after] = [text.charAt(location - 1), text.charAt(location + operator.length)];
  const gap = (beside: string) => (/\s/.test(beside) ? '' : ' ');
  const words = operator === '=' ? 'is not distinct from' : 'is distinct from';
  return { at: location, end: location + operator.length, text: `${gap(before)}${words}${gap(after)}` };
}
