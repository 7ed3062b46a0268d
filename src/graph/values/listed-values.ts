import type { EntityOf } from '../entities/index.ts';
import { remarkBeside } from '../remark-beside.ts';

/** `'open' | 'paid'`, `"open", "paid"`; an apostrophe inside a word is none. */
const QUOTED =
  /(?<![\p{L}\p{N}])(['"‘’“”`])([\p{L}\p{N}][\p{L}\p{N}_.:-]*(?: [\p{L}\p{N}_.:-]+)?)['"‘’“”`](?![\p{L}\p{N}])/gu;
/** Anything short between quotes, behind which no word begins. */
const QUOTED_AT_ALL = /(?<![\p{L}\p{N}])(['"`])[^'"`\n]{1,40}\1(?![\p{L}\p{N}])/gu;
const BARE_LIST = /^[\p{L}\p{N}_-]+(?:\s*[,|/]\s*[\p{L}\p{N}_-]+)+$/u;
/** What such a remark lists is not all of them. */
const EXAMPLES = /\be\.?\s?g\b|\bfor example\b|\bexamples?\b|\bsuch as\b|\blike\b|\bz\.?\s?B\b|\betc\b|\.\.\.|…/i;
const NOT_THESE = /\b(?:not|never|no|was|were|former(?:ly)?|legacy|deprecated|instead|except|unlike)\b/i;

/**
 * The values that a comment on the column, or one behind it on its line, lists: two quoted words or more, or a bare list with one of
 * the values already known in it.
 */
export function listedValues(
  column: EntityOf<'column'>,
  texts: ReadonlyMap<string, string>,
  known: ReadonlySet<string>,
): readonly string[] {
  const remark = remarkBeside(column, texts);
  const said = [column.comment ?? '', remark?.isOnlyOfIt === true ? remark.text : ''];
  return said.flatMap((each) => (NOT_THESE.test(each) || EXAMPLES.test(each) ? [] : valuesIn(each, known)));
}

function valuesIn(said: string, known: ReadonlySet<string>): readonly string[] {
  const quoted = [...said.matchAll(QUOTED)].flatMap(([, , word]) => word ?? []);
  // '+5lb' among them: the words are not all that is listed.
  if (quoted.length < [...said.matchAll(QUOTED_AT_ALL)].length) return [];
  if (quoted.length > 1) return quoted;
  const bare = BARE_LIST.test(said) ? said.split(/\s*[,|/]\s*/) : [];
  return bare.some((each) => known.has(each)) ? bare : [];
}
