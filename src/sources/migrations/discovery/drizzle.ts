import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SourceError } from '../../../errors.ts';
import { byBytes } from './byte-order.ts';
import { withoutComments } from './comments.ts';
import { type ListedFile, readBytes } from './list-files.ts';
import { identify, type Tool } from './tool.ts';

const JOURNAL = 'meta/_journal.json';

export function hasJournal(folder: string): boolean {
  return existsSync(join(folder, JOURNAL));
}

/**
 * drizzle-kit up to 0.x: the files that meta/_journal.json lists, in its order. It stops where one of them is missing
 * (drizzle-orm, migrator.ts: "No file … found").
 *
 * @returns undefined where the journal lists none of the files: somebody else runs them
 * @throws SourceError when the journal cannot be read
 */
export function drizzle(folder: string, files: readonly ListedFile[]): Tool | undefined {
  const entries = entriesIn(join(folder, JOURNAL));
  const listed = entries.map(({ name }) => name);
  const names = new Set(files.map((each) => each.name));
  if (!listed.some((each) => names.has(each))) return undefined;
  const rank = new Map(listed.map((name, index) => [name, index]));
  const missing = listed.find((each) => !names.has(each));
  const overtaken = overtakenIn(entries);
  return {
    name: 'drizzle',
    order: (all) =>
      [...all].sort(
        (a, b) => (rank.get(a.name) ?? Infinity) - (rank.get(b.name) ?? Infinity) || byBytes(a.name, b.name),
      ),
    identify: ({ name }) => {
      const overtakenBy = overtaken.get(name);
      const identity = identify(name, rank.has(name) ? null : `${JOURNAL} does not list it`);
      return overtakenBy === undefined ? identity : { ...identity, overtakenBy };
    },
    blank: (text) => text,
    fillsIn: false,
    note:
      missing === undefined
        ? null
        : `${JOURNAL} lists ${missing}, which is not there: drizzle-kit migrate stops before it runs anything.`,
  };
}

/** A journal that drizzle-kit goes by no more: the files that carry on where it ends are run by something else. */
export interface DeadJournal {
  readonly note: string;
  /** Why drizzle-kit does not run the file, as a phrase; null for one that the journal lists. */
  readonly whyUnlisted: (name: string) => string | null;
}

/**
 * Is the journal left behind? So it is where the files that it does not list are more than those it does, all have higher numbers, and one of them
 * changes or drops a table that these make. One or two at the end that somebody forgot to generate are not applied.
 */
export function deadJournal(folder: string, files: readonly ListedFile[]): DeadJournal | undefined {
  const names = new Set(entriesIn(join(folder, JOURNAL)).map(({ name }) => name));
  const listed = files.filter(({ name }) => names.has(name));
  const others = files.filter(({ name }) => !names.has(name));
  const last = Math.max(...listed.map(numberOf));
  const carryOn = listed.length > 0 && others.length > Math.max(listed.length, FORGOTTEN);
  if (!carryOn || !others.every((each) => numberOf(each) > last)) return undefined;
  const made = new Set(listed.flatMap((each) => tablesIn(each, MADE)));
  if (!others.some((each) => tablesIn(each, CHANGED).some((name) => made.has(name)))) return undefined;
  const count = `${listed.length} of ${files.length} files`;
  return {
    note: `${JOURNAL} lists ${count}. The others carry on its numbers and change its tables, so that something else than drizzle-kit migrate runs them: all were read, in the order of their numbers.`,
    whyUnlisted: (name) => (names.has(name) ? null : `${JOURNAL} lists only ${count}`),
  };
}

/** So many files may be forgotten at the end. */
const FORGOTTEN = 2;

function numberOf({ name }: ListedFile): number {
  const number = /^\d+/.exec(name)?.[0];
  return number === undefined ? Number.NaN : Number(number);
}

const MADE = /\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?(?:"?\w+"?\s*\.\s*)?"?(\w+)/gi;
const CHANGED = /\b(?:alter|drop)\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?(?:"?\w+"?\s*\.\s*)?"?(\w+)/gi;

function tablesIn({ path, name }: ListedFile, pattern: RegExp): readonly string[] {
  const text = new TextDecoder().decode(readBytes(path, name));
  return [...withoutComments(text).matchAll(pattern)].flatMap(([, table]) => table ?? []);
}

/** A file that the journal lists, in its order. */
interface Entry {
  readonly name: string;
  /** By this a database knows how far it has come; undefined where the journal has none. */
  readonly when: number | undefined;
}

/**
 * The files that are much older, by the journal, than one before them, and the newest of these: migrate() runs what is later than the latest that the
 * database has run (drizzle-orm, dialect.js: folderMillis). Within a day they mostly went out together.
 */
function overtakenIn(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const overtaken = new Map<string, string>();
  let newest: { readonly name: string; readonly when: number } | undefined;
  for (const { name, when } of entries) {
    if (when === undefined) continue;
    if (newest !== undefined && newest.when - when > DAY) overtaken.set(name, newest.name);
    if (newest === undefined || when > newest.when) newest = { name, when };
  }
  return overtaken;
}

const DAY = 24 * 60 * 60 * 1000;

function entriesIn(path: string): readonly Entry[] {
  try {
    const journal = JSON.parse(readFileSync(path, 'utf8')) as {
      entries?: readonly { idx: number; tag: string; when?: unknown }[];
    };
    return [...(journal.entries ?? [])]
      .sort((a, b) => a.idx - b.idx)
      .map(({ tag, when }) => ({ name: `${tag}.sql`, when: typeof when === 'number' ? when : undefined }));
  } catch (cause) {
    throw new SourceError(`${JOURNAL} of the drizzle migrations cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
