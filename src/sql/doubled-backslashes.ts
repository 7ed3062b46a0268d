import type { A_Const, Node } from '@pgsql/types';
import type { Expression } from './expression.ts';
import { fieldsOf, stringsOf } from './nodes.ts';
import { tokenEnd } from './token.ts';
import { walk } from './walk.ts';

/** An escape of a regular expression whose backslash is written twice, and so stands for a backslash: `\\s`. */
export interface DoubledBackslash {
  /** What stands behind the backslashes: `s`, `.`. */
  readonly sign: string;
  /** Is it one of a list in brackets: `[^a-z\\s]`? */
  readonly isListed: boolean;
  /** What takes the pattern: `regexp_replace()`, `~`. */
  readonly asked: string;
  /** The constant that holds it. */
  readonly constant: Node;
}

const OPERATORS: ReadonlySet<string> = new Set(['~', '~*', '!~', '!~*']);

const FUNCTIONS: ReadonlySet<string> = new Set([
  'regexp_count',
  'regexp_instr',
  'regexp_like',
  'regexp_match',
  'regexp_matches',
  'regexp_replace',
  'regexp_split_to_array',
  'regexp_split_to_table',
  'regexp_substr',
]);

/** The patterns of an expression or statement in which it is surely not meant, one for each pattern. */
export function doubledBackslashes(tree: Node): readonly DoubledBackslash[] {
  const found: DoubledBackslash[] = [];
  walk(tree, (tag, node) => {
    if (tag !== 'A_Expr' && tag !== 'FuncCall') return undefined;
    for (const { asked, pattern } of patternsOf(node)) {
      const text = constantIn(pattern)?.sval?.sval;
      const doubled = text === undefined ? undefined : firstDoubled(text);
      if (doubled !== undefined) found.push({ ...doubled, asked, constant: unwrapped(pattern) });
    }
    return undefined;
  });
  return found;
}

interface AskedPattern {
  readonly asked: string;
  readonly pattern: Node;
}

function patternsOf(node: Node): readonly AskedPattern[] {
  const expression = fieldsOf(node, 'A_Expr');
  if (expression !== undefined) {
    const asked = stringsOf(expression.name).at(-1) ?? '';
    if (!OPERATORS.has(asked) || expression.rexpr === undefined) return [];
    const list = fieldsOf(unwrapped(expression.rexpr), 'A_ArrayExpr')?.elements ?? [expression.rexpr];
    return list.map((pattern) => ({ asked, pattern }));
  }
  const call = fieldsOf(node, 'FuncCall');
  const name = stringsOf(call?.funcname).at(-1) ?? '';
  const [, pattern, ...others] = call?.args ?? [];
  // With an escape character, substring() takes the patterns of SIMILAR TO.
  const isPattern = FUNCTIONS.has(name) || (name === 'substring' && others.length === 0);
  const isLiteral = others.some((each) => constantIn(each)?.sval?.sval?.includes('q') === true);
  return isPattern && pattern !== undefined && !isLiteral ? [{ asked: `${name}()`, pattern }] : [];
}

function unwrapped(node: Node): Node {
  const inner = fieldsOf(node, 'TypeCast')?.arg;
  return inner === undefined ? node : unwrapped(inner);
}

function constantIn(node: Node): A_Const | undefined {
  return fieldsOf(unwrapped(node), 'A_Const');
}

/** Escapes that are written for what they mean; and characters that are escaped to be meant as such. */
const ESCAPES = 'sSdDwWyY';
const ESCAPED = `${ESCAPES}.+*?()[{}/$^-@#nrt `;

/**
 * The first doubled one of a pattern. None where a backslash may be meant: beside escapes with one backslash, whose writer
 * knows how it is done; where one stands before anything else; and for `\\.` in brackets, where a dot is a dot already.
 */
function firstDoubled(pattern: string): Pick<DoubledBackslash, 'sign' | 'isListed'> | undefined {
  if (pattern.startsWith('***')) return undefined;
  const runs = [...pattern.matchAll(/\\+/g)].map((run) => ({
    length: run[0].length,
    sign: pattern.charAt(run.index + run[0].length),
    isListed: isInBrackets(pattern.slice(0, run.index)),
  }));
  if (runs.some(({ length, sign }) => length !== 2 || sign === '' || !ESCAPED.includes(sign))) return undefined;
  return runs.find(({ sign, isListed }) => ESCAPES.includes(sign) || (sign === '.' && !isListed));
}

/** Does a list in brackets, once begun, still go on? */
function isInBrackets(before: string): boolean {
  let isOpen = false;
  for (let at = 0; at < before.length; at++) {
    const sign = before.charAt(at);
    if (sign === '\\') at++;
    else if (isOpen) isOpen = sign !== ']';
    else if (sign === '[') {
      isOpen = true;
      // The first of a list may be a bracket itself.
      if (before.charAt(at + 1) === '^') at++;
      if (before.charAt(at + 1) === ']') at++;
    }
  }
  return isOpen;
}

/** The constant as written, with each pair of backslashes as one, and the place it is to be put in. */
export function withSingleBackslashes(
  { text, start }: Expression,
  constant: Node,
): { readonly at: number; readonly end: number; readonly text: string } {
  const at = fieldsOf(constant, 'A_Const')?.location ?? start;
  const end = start + tokenEnd(text, at - start);
  return { at, end, text: text.slice(at - start, end - start).replaceAll('\\\\', '\\') };
}
