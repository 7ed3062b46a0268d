import { byName } from './by-name.ts';
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
  const known = compiled.get(patterns);
  if (known !== undefined) return known(name);
  const made = byName(compile(patterns));
  compiled.set(patterns, made);
  return made(name);
}

/** null is the star. */
type Pattern = readonly (ReadonlySet<string> | null)[];

const compiled = new WeakMap<NamePatterns, (name: string) => boolean>();

function compile(patterns: NamePatterns): (name: string) => boolean {
  const wanted = patterns.filter((each) => !each.startsWith('!')).map(patternOf);
  const unwanted = patterns.filter((each) => each.startsWith('!')).map((each) => patternOf(each.slice(1)));
  return (name) => {
    const words = wordsOf(name);
    return wanted.some((each) => fits(words, each)) && !unwanted.some((each) => fits(words, each));
  };
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
  while (pattern[next] === null) next++;
  return next === pattern.length;
}
