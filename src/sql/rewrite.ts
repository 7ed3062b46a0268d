import type { Node } from '@pgsql/types';
import { wordAt } from './cursor.ts';
import { parseFragment } from './fragment.ts';
import { fieldsOf } from './nodes.ts';
import { expressionRange, type TextRange } from './range.ts';
import { type Child, walkBelow } from './walk.ts';

/** A call, and the call with the casts and JSON steps around it. */
interface Wrappable {
  readonly call: TextRange;
  readonly whole: TextRange;
}

/**
 * Puts each call that starts at one of `offsets` into a scalar subselect of its own: `auth.uid() = a` becomes
 * `(select auth.uid()) = a`. A cast or a `->`, `->>` of the call goes inside with it.
 * @param types what the calls return, by their offset: an array that ANY or ALL compares with needs a cast around the subselect,
 * or it would be taken for a list of rows
 * @returns null where the expression cannot be read, or not every call found: then there is no safe rewriting
 */
export function wrapCalls(
  expression: string,
  offsets: readonly number[],
  types: ReadonlyMap<number, string> = new Map(),
): string | null {
  const tree = read(expression);
  if (tree === undefined) return null;
  const edits = new Map<number, { readonly range: TextRange; readonly written: string }>();
  for (const offset of offsets) {
    const found = wrappable(tree, offset, expression);
    if (found === null) return null;
    const edit = editOf(expression, found, types.get(offset));
    if (edit === null) return null;
    edits.set(offset, edit);
  }
  const written = [...edits.values()]
    .sort((a, b) => b.range.start - a.range.start)
    .reduce(
      (text, { range, written: inner }) => text.slice(0, range.start) + inner + text.slice(range.end),
      expression,
    );
  return read(written) === undefined ? null : written;
}

/**
 * The expression without one of the conditions that AND connects, and the AND beside it. `a and (b) and c` without b is `a and c`.
 * @returns null where there is no AND beside it, or a comment between them
 */
export function withoutConjunct(expression: string, condition: TextRange): string | null {
  let { start, end } = condition;
  while (isBracketed(expression, start, end)) {
    start = expression.slice(0, start).trimEnd().length - 1;
    end = expression.length - expression.slice(end).trimStart().length + 1;
  }
  const before = expression.slice(0, start);
  const after = expression.slice(end);
  const isFollowed = /^\s*and\b/i.test(after);
  if (!isFollowed && !/\band\s*$/i.test(before)) return null;
  const written = isFollowed
    ? before + after.replace(/^\s*and\b\s*/i, '')
    : before.replace(/\s*\band\s*$/i, '') + after;
  return read(written) === undefined ? null : written;
}

/** `= any (f())` compares with an array; with a bare subselect in its place ANY would compare with the rows of that. */
function editOf(text: string, { call, whole }: Wrappable, type: string | undefined) {
  const select = (range: TextRange) => `select ${text.slice(range.start, range.end)}`;
  if (isArrayOfAny(text, whole)) {
    if (whole.end > call.end) return { range: call, written: `(${select(call)})` };
    return type === undefined ? null : { range: whole, written: `(${select(whole)})::${type}` };
  }
  const inner = select(whole);
  return { range: whole, written: isBracketed(text, whole.start, whole.end) ? inner : `(${inner})` };
}

function isArrayOfAny(text: string, { start, end }: TextRange): boolean {
  const before = text.slice(0, start).trimEnd();
  return /\b(?:any|some|all)\s*\(+$/i.test(before) && text.slice(end).trimStart().startsWith(')');
}

const SELECT = 'select (';

/** The tree of an expression, its places those of the text; undefined where the grammar refuses it. */
function read(expression: string): Node | undefined {
  const { length } = SELECT;
  const fragment = parseFragment(`${SELECT}${expression}\n)`, (offset) => offset - length);
  return fragment.ok ? fragment.node : undefined;
}

/** The text of the call at this place, with the casts and JSON steps around it. */
function wrappable(tree: Node, offset: number, text: string): Wrappable | null {
  let found: Wrappable | null = null;
  walkBelow(tree, (_, node, parents, field) => {
    if (fieldsOf(node, 'FuncCall')?.location !== offset) return undefined;
    const call = expressionRange(node, text);
    if (call.start !== offset) return undefined;
    found = { call, whole: withSteps(call, field, parents, text) };
    return 'stop';
  });
  return found;
}

/** As far as the steps start where the call starts: brackets around the call end them. */
function withSteps(call: TextRange, own: string, parents: readonly Child[], text: string): TextRange {
  let whole = call;
  let field = own;
  for (const parent of parents.toReversed()) {
    const range = isStep(parent.node, field) ? expressionRange(parent.node, text) : undefined;
    if (range?.start !== call.start) break;
    whole = range;
    field = parent.field;
  }
  return whole;
}

const JSON_STEPS = new Set(['->', '->>', '#>', '#>>']);

/** A cast, or a step by a constant into JSON, of what stands in its field. */
function isStep(node: Node, field: string): boolean {
  if (fieldsOf(node, 'TypeCast') !== undefined) return field === 'arg';
  const step = fieldsOf(node, 'A_Expr');
  const [operator] = step?.name ?? [];
  return (
    field === 'lexpr' &&
    JSON_STEPS.has(fieldsOf(operator, 'String')?.sval ?? '') &&
    fieldsOf(fieldsOf(step?.rexpr, 'TypeCast')?.arg ?? step?.rexpr, 'A_Const') !== undefined
  );
}

/** Has the range round brackets to itself already? Those of a call, of IN or of ANY are not its own. */
function isBracketed(text: string, start: number, end: number): boolean {
  const before = text.slice(0, start).trimEnd();
  if (!before.endsWith('(') || !text.slice(end).trimStart().startsWith(')')) return false;
  const outer = before.slice(0, -1).trimEnd();
  const last = outer.search(/[\p{L}\p{N}_$"]+$/u);
  return last === -1 || OPERATOR_WORDS.has(wordAt(outer, last));
}

const OPERATOR_WORDS = new Set(['and', 'or', 'not', 'when', 'then', 'else', 'between']);
