/** The text of an SQL file, or why its bytes are not one. `offset` is the byte at which that shows. */
export type Decoded =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly problem: 'not-utf8' | 'utf16' | 'nul-byte';
      readonly message: string;
      readonly offset: number;
    };

/**
 * Decodes a file as Postgres' clients would: UTF-8 without exceptions, a leading BOM dropped (psql drops it too), no NUL
 * (the server refuses it, and the grammar would silently stop reading there). CR, LF and CRLF are left as they are.
 */
export function decodeSql(bytes: Uint8Array, file: string): Decoded {
  const utf16 = byteOrderMark(bytes);
  if (utf16 !== undefined) {
    const message = `${file} is encoded as ${utf16}; Postgres reads SQL files as UTF-8. Save the file as UTF-8.`;
    return { ok: false, problem: 'utf16', message, offset: 0 };
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    const message = `${file} has a NUL byte at byte ${nul}; Postgres accepts none in SQL. Remove it, or save the file as UTF-8.`;
    return { ok: false, problem: 'nul-byte', message, offset: nul };
  }
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const offset = firstInvalidByte(bytes);
    const message = `${file} is not valid UTF-8 at byte ${offset}; Postgres refuses such a file. Save the file as UTF-8.`;
    return { ok: false, problem: 'not-utf8', message, offset };
  }
}

function byteOrderMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'UTF-16 (little endian)';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16 (big endian)';
  return undefined;
}

/** The first byte that no valid UTF-8 text has at its place; replacement characters written as such are valid. */
function firstInvalidByte(bytes: Uint8Array): number {
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  for (const character of lenient) {
    if (character === '\ufffd' && !isReplacementCharacter(bytes, offset)) return offset;
    offset += utf8Length(character.codePointAt(0) ?? 0);
  }
  return offset;
}

function isReplacementCharacter(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
