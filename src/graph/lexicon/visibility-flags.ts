import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { isNamed, type NamePatterns } from './pattern.ts';
import { isAccountTable } from './table-roles.ts';
import { wordsOf } from './words.ts';

type Column = EntityOf<'column'>;

/** What the rows of a table say of who is to see them. */
export interface VisibilityFlags {
  /** Which rows are for others at all. */
  readonly ofRows: readonly Column[];
  /** Which part of a person's row is, by the flag that says so. */
  readonly ofParts: readonly { readonly flag: Column; readonly part: Column }[];
}

/** Whether others see the row. */
const ROW_FLAGS: NamePatterns = [
  ...['is_public', 'public', 'is_private', 'private', 'is_published', 'published', 'is_visible', 'visible'],
  ...['is_hidden', 'hidden', 'is_draft', 'draft', 'is_discoverable', 'discoverable', 'profile_public'],
  ...['profile_private', 'profile_visible', 'public_profile', 'private_profile', 'is_profile_public'],
];
/** The same, as a word of a list. */
const ROW_STATES: NamePatterns = ['visibility', 'profile_visibility', 'privacy', 'privacy_setting', 'privacy_level'];
/** Whether others see a column of it, which is what the rest of the name says. */
const PART_FLAGS: NamePatterns = [
  ...['hide_*', 'show_*', '*_hidden', '*_visible', '*_is_public', '*_is_private', '*_public', '*_private'],
];
/** Words of such a flag that name no column. */
const PLAIN_WORDS: ReadonlySet<string> = new Set([
  ...['hide', 'show', 'hidden', 'visible', 'is', 'public', 'private', 'publicly', 'my'],
]);
/** From here on it says to whom, or where. */
const AUDIENCE_WORDS: ReadonlySet<string> = new Set(['to', 'for', 'on', 'in', 'with', 'from']);
/** The handle, name or id of something is that thing; when somebody was warned about it, or whether it is checked, is not. */
const SAME_THING: ReadonlySet<string> = new Set([
  ...[
    'name',
    'username',
    'handle',
    'id',
    'tag',
    'user',
    'account',
    'nick',
    'nickname',
    'profile',
    'link',
    'url',
    'uri',
  ],
  ...['number', 'no', 'address', 'code', 'city', 'text', 'value', 'date', 'lat', 'lng', 'lon', 'latitude', 'longitude'],
  ...['coordinates', 'point', 'list', 'info', 'details', 'data', 'photo', 'image'],
]);

/** The columns by which users or editors say what is to be seen of a row, parts only if they are shown at all; whether anything goes by them is not asked. */
export function visibilityFlags(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  isShown: (part: Column) => boolean,
): VisibilityFlags {
  // What `private` is in realtime.messages, the platform says.
  if (table.origin.from === 'platform') return { ofRows: [], ofParts: [] };
  const columns = graph.columns(table.id);
  const booleans = columns.filter((each) => typeClass(graph, each.type) === 'boolean');
  const words = columns.filter((each) => ['text', 'enum'].includes(typeClass(graph, each.type) ?? ''));
  const ofRows = [
    ...booleans.filter(({ name }) => isNamed(name, ROW_FLAGS)),
    ...words.filter(({ name }) => isNamed(name, ROW_STATES)),
  ];
  if (!isAccountTable(graph, table)) return { ofRows, ofParts: [] };
  const parts = booleans
    .filter((each) => !ofRows.includes(each) && isNamed(each.name, PART_FLAGS))
    .flatMap((flag) => {
      const part = columns.find((each) => !booleans.includes(each) && isPartNamed(flag, each) && isShown(each));
      return part === undefined ? [] : [{ flag, part }];
    });
  return { ofRows, ofParts: parts };
}

/** `hide_region` names region, `show_discord_to_all` discord_name, `show_last_seen` last_seen_at; not `discord_warned_until`. */
function isPartNamed(flag: Column, part: Column): boolean {
  const words = wordsOf(flag.name).filter((each) => !PLAIN_WORDS.has(each));
  const end = words.findIndex((each) => AUDIENCE_WORDS.has(each));
  const thing = thingOf(end < 0 ? words : words.slice(0, end));
  return thing !== '' && thing === thingOf(wordsOf(part.name));
}

/** A name without the words at its end that only say how the thing is kept: `phone` of `phone_number`. */
function thingOf(words: readonly string[]): string {
  const [first, ...others] = words;
  if (first === undefined) return '';
  const kept = first === 'last' && others.at(-1) === 'at' ? others.slice(0, -1) : others;
  const end = kept.findLastIndex((each) => !SAME_THING.has(each)) + 1;
  return [first, ...kept.slice(0, end)].join('_');
}
