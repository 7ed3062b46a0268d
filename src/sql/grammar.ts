import type { RawStmt } from '@pgsql/types';
import { hasSqlDetails, parsePlPgSQLSync, parseSync } from 'libpg-query';
import { codePointOffset, utf16Offsets } from './utf8.ts';

/** What Postgres' grammar makes of a text. `offset` is where it stopped, in UTF-16 units of that text. */
export type Grammar =
  | { readonly ok: true; readonly statements: readonly RawStmt[]; readonly offsets: Uint32Array | undefined }
  | { readonly ok: false; readonly message: string; readonly offset: number; readonly exhausted: boolean };

/**
 * Hands a text to the grammar; never throws. `offsets` turns the byte places of the trees into UTF-16 offsets of the text
 * (undefined: they are equal). The text must start with a blank or a word of the caller's: libpg-query leaves out places of 0.
 */
export function parseText(text: string): Grammar {
  try {
    return { ok: true, statements: parseSync(text).stmts ?? [], offsets: utf16Offsets(text) };
  } catch (error) {
    if (!hasSqlDetails(error)) return { ok: false, message: EXHAUSTED, offset: 0, exhausted: true };
    const offset = codePointOffset(text, error.sqlDetails?.cursorPosition ?? 0);
    return { ok: false, message: error.message, offset, exhausted: error.message.startsWith(EXHAUSTED) };
  }
}

/** How the parser's message begins when its stack is full. */
const EXHAUSTED = 'memory exhausted';

/**
 * What Postgres' PL/pgSQL has against the body in a CREATE FUNCTION, as it says it; undefined where it has nothing, or where what
 * it has rests on names, which it does not know here.
 */
export function plpgsqlSyntaxError(statement: string): string | undefined {
  try {
    parsePlPgSQLSync(statement);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return OWN_ERRORS.test(message) ? message : undefined;
  }
}

/** What rests on nothing but the text: `SELECT count(*) INTO a, count(b) INTO c` takes count for a variable. */
const OWN_ERRORS = /^(?:syntax error|INTO specified more than once|"\w+" is not a known variable)/;

const conditionNames = new Map<string, boolean>();

/** Is this a name of an error (docs, appendix A), by which PL/pgSQL raises or catches it? */
export function isConditionName(name: string): boolean {
  const known = conditionNames.get(name) ?? mayBeCondition(name);
  conditionNames.set(name, known);
  return known;
}

function mayBeCondition(name: string): boolean {
  if (!/^[a-z_]+$/.test(name)) return false;
  try {
    parsePlPgSQLSync(
      `create function f() returns void language plpgsql as 'begin null; exception when ${name} then null; end'`,
    );
    return true;
  } catch (error) {
    return !(error as Error).message.startsWith('unrecognized exception condition');
  }
}
