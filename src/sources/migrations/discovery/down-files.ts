import { basename, dirname } from 'node:path';
import type { ListedFile } from './list-files.ts';

const DOWN = /(?:^|[/._-])(?:down|rollback|undo|revert)s?(?:\/.*)?\.sql$/i;

/** Does the file undo a migration, by its name or its folder's. */
export function isDownFile(name: string): boolean {
  return DOWN.test(name);
}

/** Is there a file that undoes this one: down.sql beside it, or one of the same version that says so (also Flyway's U1__x.sql)? */
export function hasDownFile(file: ListedFile, all: readonly ListedFile[]): boolean {
  const own = versionOf(file.name);
  return all.some((each) => {
    if (each === file || !(isDownFile(each.name) || /^U[\d._]*__/.test(basename(each.name)))) return false;
    if (basename(each.name) === 'down.sql') return dirname(each.path) === dirname(file.path);
    return own !== undefined && versionOf(each.name) === own;
  });
}

function versionOf(name: string): string | undefined {
  return /^[VU]?(\d[\d._]*?)(?=_|-|\.)/.exec(basename(name))?.[1];
}
