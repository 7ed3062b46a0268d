import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SourceError } from '../../../errors.ts';
import { byBytes } from './byte-order.ts';
import type { ListedFile } from './list-files.ts';
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
  const listed = listedIn(join(folder, JOURNAL));
  const names = new Set(files.map((each) => each.name));
  if (!listed.some((each) => names.has(each))) return undefined;
  const rank = new Map(listed.map((name, index) => [name, index]));
  const missing = listed.find((each) => !names.has(each));
  return {
    name: 'drizzle',
    order: (all) =>
      [...all].sort(
        (a, b) => (rank.get(a.name) ?? Infinity) - (rank.get(b.name) ?? Infinity) || byBytes(a.name, b.name),
      ),
    identify: ({ name }) => identify(name, rank.has(name) ? null : `${JOURNAL} does not list it`),
    blank: (text) => text,
    fillsIn: false,
    note:
      missing === undefined
        ? null
        : `${JOURNAL} lists ${missing}, which is not there: drizzle-kit migrate stops before it runs anything.`,
  };
}

function listedIn(path: string): readonly string[] {
  try {
    const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries?: readonly { idx: number; tag: string }[] };
    return [...(journal.entries ?? [])].sort((a, b) => a.idx - b.idx).map((each) => `${each.tag}.sql`);
  } catch (cause) {
    throw new SourceError(`${JOURNAL} of the drizzle migrations cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
