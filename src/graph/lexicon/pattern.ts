import { formsOf } from './noun.ts';
import { wordsOf } from './words.ts';

/**
 * Names as people list them: whole words, in snake case, `*` for any words or none. `audit` is only the name audit,
 * `*_audit_*` any name with that word (not auditorium), `retry*` a name that begins with it. A word stands for its plural too;
 * a plural only for itself. `!` in front takes names out again, wherever it stands in the list.
 */
export type NamePatterns = readonly string[];

/** Is the name one of these? */
export function isNamed(name: string, patterns: NamePatterns): boolean {
  const { wanted, unwanted, answers } = compile(patterns);
  const known = answers.get(name);
  if (known !== undefined) return known;
  const words = wordsOf(name);
  const made = wanted.some((each) => fits(words, each)) && !unwanted.some((each) => fits(words, each));
  if (answers.size === MOST_KNOWN) answers.clear();
  answers.set(name, made);
  return made;
}

const MOST_KNOWN = 50_000;

/** null is the star. */
type Pattern = readonly (ReadonlySet<string> | null)[];

interface Compiled {
  readonly wanted: readonly Pattern[];
  readonly unwanted: readonly Pattern[];
  /** By name: tables share most of their columns' names. */
  readonly answers: Map<string, boolean>;
}

const compiled = new WeakMap<NamePatterns, Compiled>();

function compile(patterns: NamePatterns): Compiled {
  const known = compiled.get(patterns);
  if (known !== undefined) return known;
  const made: Compiled = {
    wanted: patterns.filter((each) => !each.startsWith('!')).map(patternOf),
    unwanted: patterns.filter((each) => each.startsWith('!')).map((each) => patternOf(each.slice(1))),
    answers: new Map(),
  };
  compiled.set(patterns, made);
  return made;
}

function patternOf(text: string): Pattern {
  return text
    .split(/(\*)/)
    .flatMap((part) => (part === '*' ? [null] : wordsOf(part).map((word) => new Set(formsOf(word)))));
}

/** Glob matching with one way back: after a mismatch the last star takes one word more. */
function fits(words: readonly string[], pattern: Pattern): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let taken = 0;
  while (at < words.length) {
    const part = pattern[next];
    if (part === null) {
      star = next++;
      taken = at;
    } else if (part?.has(words[at] ?? '')) {
      at++;
      next++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++taken;
    } else return false;
  }
  return pattern.slice(next).every((part) => part === null);
}
