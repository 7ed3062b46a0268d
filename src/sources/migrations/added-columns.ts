import { decodeSql } from '../../sql/decode.ts';

/** May this file or one behind it add a column of that name? */
export type AddedLater = (column: string, file: string) => boolean;

/**
 * Looked for in the text, so that what a DO block, a function or the text of an EXECUTE adds counts, whatever its table is called.
 * The files are read when the first column is missing.
 */
export function addedLater(files: readonly { readonly file: string; readonly bytes: Uint8Array | null }[]): AddedLater {
  const last = new Map<string, number>();
  const places = new Map(files.map(({ file }, index) => [file, index]));
  let isRead = false;
  return (column, file) => {
    if (!isRead) {
      for (const [index, { bytes, file: name }] of files.entries()) {
        const decoded = bytes === null ? undefined : decodeSql(bytes, name);
        if (decoded?.ok) for (const each of addedIn(decoded.text)) last.set(each, index);
      }
      isRead = true;
    }
    const place = places.get(file);
    if (place === undefined) return true;
    return [column.toLowerCase(), ANY].some((each) => (last.get(each) ?? -1) >= place);
  };
}

const ANY = '';

const ADDS = /\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?(?:"([^"]+)"|([\p{L}_][\p{L}\p{N}_$]*)|(%|'))/giu;
const RENAMES = /\brename\s+(?:column\s+)?(?:"[^"]+"|\S+)\s+to\s+(?:"([^"]+)"|([\p{L}_][\p{L}\p{N}_$]*)|(%|'))/giu;

function* addedIn(text: string): Generator<string> {
  for (const pattern of [ADDS, RENAMES])
    for (const [, quoted, plain, open] of text.matchAll(pattern))
      yield open === undefined ? (quoted ?? plain ?? '').toLowerCase() : ANY;
}
