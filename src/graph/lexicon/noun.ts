import { wordsOf } from './words.ts';

/** Plurals that no rule makes. */
const IRREGULAR: ReadonlyMap<string, readonly string[]> = new Map([
  ['analysis', ['analyses']],
  ['axis', ['axes']],
  ['basis', ['bases']],
  ['child', ['children']],
  ['crisis', ['crises']],
  ['criterion', ['criteria']],
  ['curriculum', ['curricula']],
  ['foot', ['feet']],
  ['half', ['halves']],
  ['hypothesis', ['hypotheses']],
  ['index', ['indices', 'indexes']],
  ['knife', ['knives']],
  ['leaf', ['leaves']],
  ['life', ['lives']],
  ['man', ['men']],
  ['matrix', ['matrices', 'matrixes']],
  ['medium', ['media']],
  ['person', ['people', 'persons']],
  ['quiz', ['quizzes']],
  ['shelf', ['shelves']],
  ['thesis', ['theses']],
  ['vertex', ['vertices', 'vertexes']],
  ['woman', ['women']],
]);
const SINGULARS: ReadonlyMap<string, string> = new Map(
  [...IRREGULAR].flatMap(([singular, plurals]) => plurals.map((each) => [each, singular] as const)),
);

/** Words that end in s and are singular. */
const SINGULAR_IN_S = new Set(
  `access address alias analysis atlas axis basis bias boss business bonus bus campus canvas census chaos chassis class
  compass congress corpus cosmos crisis cross diagnosis discus dress emphasis express focus gas genesis genius glass guess
  harness hypothesis illness iris lens loss mass minus nexus oasis pass plus press process progress radius redress status
  stress success surplus synopsis synthesis tennis thermos thesis virus`.split(/\s+/),
);

/** Words that have no plural, or are it already. */
const UNCOUNTED = new Set(
  `access advice aircraft analytics audio cash clothing content data deer diagnostics economics electronics email
  equipment evidence feedback fish furniture hardware headquarters history info information inventory knowledge logistics
  logs luggage mail mathematics media merchandise metadata metrics money music news offspring payroll physics politics
  progress research rice series settings sheep software species staff statistics stats stock storage telemetry traffic
  training video weather work`.split(/\s+/),
);

/** How a noun may stand in a name: as it is and in its plural. */
export function formsOf(word: string): readonly string[] {
  const irregular = IRREGULAR.get(word) ?? [];
  const y = /[^aeiou]y$/.test(word) ? [`${word.slice(0, -1)}ies`] : [];
  const es = /(?:s|x|z|ch|sh|o)$/.test(word) ? [`${word}es`] : [];
  return [word, `${word}s`, ...es, ...y, ...irregular];
}

/** Are they one noun, in whatever number? `category` and `categories`, `status` and `statuses`; not `address` and `add`. */
export function isSameNoun(a: string, b: string): boolean {
  return a === b || (a.length < b.length ? formsOf(a).includes(b) : formsOf(b).includes(a)) || sameIrregular(a, b);
}

function sameIrregular(a: string, b: string): boolean {
  const singular = SINGULARS.get(a);
  return (singular !== undefined && singular === SINGULARS.get(b)) || singular === b || SINGULARS.get(b) === a;
}

/** Do two names say the same thing, word by word, in whatever number: `blogPost`, `blog_posts`. */
export function isSameName(a: string, b: string): boolean {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  return left.length === right.length && left.every((word, at) => isSameNoun(word, right[at] ?? ''));
}

/** The number of a noun by its form: `orders`, `people` are plural, `status`, `order` singular, `data`, `settings` neither. */
export function numberOf(word: string): 'singular' | 'plural' | 'either' {
  if (SINGULARS.has(word) && !UNCOUNTED.has(word)) return 'plural';
  if (UNCOUNTED.has(word)) return 'either';
  if (!/s$/.test(word) || /ss$/.test(word) || SINGULAR_IN_S.has(word))
    return /\p{L}/u.test(word) ? 'singular' : 'either';
  return 'plural';
}

/** The singular of a noun in the commonest way to make it: categories → category, batches → batch, boxes → box. */
export function singularOf(word: string): string {
  const irregular = SINGULARS.get(word);
  if (irregular !== undefined) return irregular;
  if (numberOf(word) !== 'plural') return word;
  const bare = word.slice(0, -1);
  if (/[^aeiou]ies$/.test(word) && word.length > 5 && !/(?:mov|cook|zomb|brown|selfi|cal)ies$/.test(word))
    return `${word.slice(0, -3)}y`;
  const withoutEs = word.slice(0, -2);
  if (/es$/.test(word) && (SINGULAR_IN_S.has(withoutEs) || /(?:ss|x|sh|[^a]ch|zz)$/.test(withoutEs))) return withoutEs;
  return bare;
}
