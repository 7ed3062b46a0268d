import { wordsOf } from './words.ts';

/** How a column says that it tells when something happened: `created_at`, `created_on`, `created`, `created_date`, `date_created`. */
export type TimeStyle = '_at' | '_on' | 'bare' | '_date' | '_time' | 'date_' | 'timestamp';

const IRREGULAR = new Set(
  `begun bought broken built done drawn found gone held kept known lost made met paid put read run seen sent shown sold spent
  taken told won written`.split(/\s+/),
);

/** Such a word alone is a style of its own: `last_seen`, `lastUsed`. */
const ORDINALS = /^(?:first|last|next|previous|latest|recently)$/;

/** Undefined for a name that tells no event: due_date, starts_at is a plan, valid_from a span. */
export function timeStyle(name: string): TimeStyle | undefined {
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (words.length === 1 && /^(?:timestamp|ts)$/.test(last)) return 'timestamp';
  if (last === 'at') return isEvent(before) ? '_at' : undefined;
  if (last === 'on') return isEvent(before) ? '_on' : undefined;
  if (/^(?:date|datetime)$/.test(last)) return isEvent(before) ? '_date' : undefined;
  if (/^(?:time|timestamp|ts)$/.test(last)) return /ed$/.test(before) ? '_time' : undefined;
  if (/^(?:date|time)$/.test(words[0] ?? '') && isEvent(last)) return 'date_';
  return isEvent(last) && !words.some((word) => ORDINALS.test(word)) ? 'bare' : undefined;
}

function isEvent(word: string): boolean {
  return (/[a-z]{2}ed$/.test(word) && word !== 'need' && word !== 'feed') || IRREGULAR.has(word);
}
