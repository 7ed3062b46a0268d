import { numberOf } from './noun.ts';
import { wordsOf } from './words.ts';

/** Nouns for what is many by itself: a table of that name holds one, whose parts are its rows. */
const COLLECTIVES = new Set(
  `access activity archive backlog blacklist blocklist board cache calendar catalog cron directory feed graph heartbeat history
  inbox index inventory leaderboard ledger library list mapping matrix membership metadata outbox pool queue registry roster
  schedule schema search snapshot staging state store summary timeline timetable trail usage waitlist whitelist`.split(
    /\s+/,
  ),
);

/** Words behind the noun that say which version of the thing it is. */
const QUALIFIER =
  /^(?:\p{N}+|v\p{N}+|old|new|raw|bak|backup|tmp|temp|legacy|deprecated|archived|copy|final|default|internal|public|\p{Ll}{2,}ed)$/u;

/**
 * What a name counts: the number of its last noun. `order_items` is plural, `order_item` singular, `order_queue` neither; nor
 * is a name with a plural in its middle, whose last word may be anything (`users_extended`, `combos_semana`).
 */
export function numberOfName(name: string): 'singular' | 'plural' | 'either' {
  const words = wordsOf(name).filter((word) => !QUALIFIER.test(word));
  const last = words.at(-1);
  if (last === undefined || COLLECTIVES.has(last)) return 'either';
  const number = numberOf(last);
  return number === 'singular' && words.slice(0, -1).some((word) => numberOf(word) === 'plural') ? 'either' : number;
}

/** How the words of a name are put together; `flat` where there is only one, in lower case. */
export function caseOf(name: string): 'flat' | 'snake' | 'camel' | 'pascal' | 'other' {
  if (/^[\p{Ll}\p{N}]+$/u.test(name)) return 'flat';
  if (/^_?[\p{Ll}\p{N}]+(?:_+[\p{Ll}\p{N}]+)*_?$/u.test(name)) return 'snake';
  if (/^\p{Ll}[\p{L}\p{N}]*$/u.test(name)) return 'camel';
  return /^\p{Lu}[\p{L}\p{N}]*$/u.test(name) ? 'pascal' : 'other';
}
