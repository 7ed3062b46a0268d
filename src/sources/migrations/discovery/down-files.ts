import { basename, dirname } from 'node:path';
import { addTo } from '../../../graph/grouping.ts';
import type { ListedFile } from './list-files.ts';

const DOWN = /(?:^|[/._-])(?:down|rollback|undo|revert)s?(?:\/.*)?\.\w+$/i;

/** Does the file undo a migration, by its name or its folder's. */
export function isDownFile(name: string): boolean {
  return DOWN.test(name);
}

const DOWN_FOLDER = /(?:^|[/._-])(?:down|rollback|undo|revert)s?\//i;

/**
 * Does it undo one of the others: is there another file of its version? `002_season_undo.sql` alone is a migration about undoing.
 * A folder of such files, and a name without a version, say enough by themselves.
 */
export function undoesAnother(name: string, all: readonly ListedFile[]): boolean {
  if (!isDownFile(name)) return false;
  const version = versionOf(name);
  if (version === undefined || DOWN_FOLDER.test(name)) return true;
  return all.some((each) => !isDownFile(each.name) && versionOf(each.name) === version);
}

const BESIDE = /[._-](?:(?<undoes>(?:down|rollback|undo|revert)s?)|dry[-_]?runs?)(?:\.\w+)?\.sql$/i;

/**
 * What the end of a name says the file does with the migration beside it, whose name is the same up to there (`x.rollback.sql` and `x.sql`, `x_down.sql`
 * and `x_up.sql`): a phrase. Null where no such file is there: then it is a migration itself, whatever it is called.
 */
export function doneBeside(name: string, names: ReadonlySet<string>): string | null {
  const match = BESIDE.exec(name);
  if (match === null) return null;
  const stem = name.slice(0, match.index);
  if (!['', '.up', '_up', '-up'].some((end) => names.has(`${stem}${end}.sql`))) return null;
  return match.groups?.undoes === undefined
    ? 'it only tries out the migration beside it'
    : 'it undoes the migration beside it';
}

/** The files that another one undoes: down.sql beside it, or one of the same version that says so (also Flyway's U1__x.sql). */
export function undoneFiles(all: readonly ListedFile[]): ReadonlySet<ListedFile> {
  const folders = new Map<string, ListedFile>();
  const versions = new Map<string, ListedFile[]>();
  for (const each of all) {
    const file = basename(each.name);
    if (!isDownFile(each.name) && !/^U[\d._]*__/.test(file)) continue;
    if (file === 'down.sql') folders.set(dirname(each.path), each);
    else {
      const version = versionOf(each.name);
      if (version !== undefined) addTo(versions, version, each);
    }
  }
  return new Set(
    all.filter((file) => {
      const beside = folders.get(dirname(file.path));
      const downs = versions.get(versionOf(file.name) ?? '') ?? [];
      return (beside !== undefined && beside !== file) || downs.some((each) => each !== file);
    }),
  );
}

function versionOf(name: string): string | undefined {
  return /^[VU]?(\d[\d._]*?)(?=_|-|\.)/.exec(basename(name))?.[1];
}
