import { decodeSql } from '../../sql/decode.ts';

/** What is known, before it is replayed, of the files behind one. */
export interface LaterFiles {
  /** May this file or one behind it add a column of that name? */
  addColumn(column: string, file: string): boolean;
  /** Does a file behind this one make a table of that name, which neither this one nor one before it makes? */
  makeTable(table: string, file: string): boolean;
}

export const NO_LATER_FILES: LaterFiles = { addColumn: () => true, makeTable: () => false };

/**
 * Looked for in the text, so that what a DO block, a function or the text of an EXECUTE adds counts, whatever its table is called.
 * The files are read when the first name is missing.
 */
export function laterFiles(files: readonly { readonly file: string; readonly bytes: Uint8Array | null }[]): LaterFiles {
  const lastAdded = new Map<string, number>();
  const firstMade = new Map<string, number>();
  const places = new Map(files.map(({ file }, index) => [file, index]));
  let isRead = false;
  const read = () => {
    if (isRead) return;
    isRead = true;
    for (const [index, { bytes, file }] of files.entries()) {
      const decoded = bytes === null ? undefined : decodeSql(bytes, file);
      if (!decoded?.ok) continue;
      for (const pattern of [ADDS, RENAMES])
        for (const each of namesIn(decoded.text, pattern)) lastAdded.set(each, index);
      for (const each of namesIn(decoded.text, MAKES)) if (!firstMade.has(each)) firstMade.set(each, index);
    }
  };
  return {
    addColumn(column, file) {
      read();
      const place = places.get(file);
      if (place === undefined) return true;
      return [column.toLowerCase(), ANY].some((each) => (lastAdded.get(each) ?? -1) >= place);
    },
    makeTable(table, file) {
      read();
      const [place, made] = [places.get(file), firstMade.get(table.toLowerCase())];
      return place !== undefined && made !== undefined && made > place;
    },
  };
}

const ANY = '';

const ADDS = /\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?(?:"([^"]+)"|([\p{L}_][\p{L}\p{N}_$]*)|(%|'))/giu;
const RENAMES = /\brename\s+(?:column\s+)?(?:"[^"]+"|\S+)\s+to\s+(?:"([^"]+)"|([\p{L}_][\p{L}\p{N}_$]*)|(%|'))/giu;
const MAKES =
  /\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(?:(?:"[^"]+"|[\p{L}_][\p{L}\p{N}_$]*)\s*\.\s*)?(?:"([^"]+)"|([\p{L}_][\p{L}\p{N}_$]*))/giu;

function* namesIn(text: string, pattern: RegExp): Generator<string> {
  for (const [, quoted, plain, open] of text.matchAll(pattern))
    yield open === undefined ? (quoted ?? plain ?? '').toLowerCase() : ANY;
}
