import { explicitGrantsSql } from '../platform/supabase.ts';
import type { Discovered, DiscoveredFile } from '../sources/migrations/discovery/discover.ts';
import { type FilePart, partsOf } from '../sources/migrations/included-parts.ts';
import { decodeSql } from '../sql/decode.ts';
import type { SourceLocation } from '../sql/location.ts';
import { fieldsOf } from '../sql/nodes.ts';
import { type ParsedStatement, readSql } from '../sql/parse.ts';
import type { EmbeddedPostgres } from './embedded-postgres.ts';

/** Text that the server refused, or that the grammar did. */
export interface RefusedStatement {
  readonly at: SourceLocation;
  readonly sql: string;
  /** The server's words. */
  readonly message: string;
}

/** What became of a history on a server. */
export interface HistoryRun {
  readonly statements: number;
  readonly refused: readonly RefusedStatement[];
  /** What is no statement to the grammar, and so was not sent. */
  readonly rejected: readonly RefusedStatement[];
}

/**
 * Runs the files that the replay would read, statement by statement, each file in a session of its own. A refused statement
 * changes nothing, and the next one runs.
 *
 * @param isInTransaction when the caller has begun one, which stays open
 */
export async function runHistory(
  database: EmbeddedPostgres,
  found: Discovered,
  isInTransaction: boolean,
): Promise<HistoryRun> {
  const refused: RefusedStatement[] = [];
  const rejected: RefusedStatement[] = [];
  let statements = 0;
  const closedFrom = found.closedFrom === null ? undefined : found.files[found.closedFrom]?.file;
  for (const parts of partsOfEach(found)) {
    let isOpen = isInTransaction;
    await database.exec('reset session authorization; reset role; reset all');
    if (parts[0]?.file === closedFrom) await database.exec(explicitGrantsSql().text);
    for (const { text, reading } of parts) {
      for (const statement of reading.statements) {
        if (waitsForData(statement)) continue;
        statements++;
        const sql = text.slice(statement.at.start, statement.at.end);
        const message = await run(database, sql, isOpen && statement.kind !== 'TransactionStmt');
        if (message !== null) refused.push({ at: statement.at, sql, message });
        else if (!isInTransaction) isOpen = isOpenAfter(statement, isOpen);
      }
      for (const { at, message } of reading.rejected) rejected.push({ at, sql: text.slice(at.start, at.end), message });
    }
    if (isOpen && !isInTransaction) await database.exec('commit');
  }
  return { statements, refused, rejected };
}

/** The same history without these statements: blanks in their place, so that offsets stay. */
export function withoutStatements(found: Discovered, refused: readonly RefusedStatement[]): Discovered {
  function without<File extends Pick<DiscoveredFile, 'file' | 'blank' | 'includes'>>(each: File): File {
    const places = refused.map(({ at }) => at).filter(({ file }) => file === each.file);
    const includes = new Map([...each.includes].map(([command, included]) => [command, without(included)]));
    return { ...each, includes, blank: (text) => places.reduce(blanked, each.blank(text)) };
  }
  return { ...found, files: found.files.map(without) };
}

/** Can the history run inside one transaction, to be rolled back after? */
export function fitsTransaction(found: Discovered): boolean {
  for (const parts of partsOfEach(found))
    if (parts.some(({ reading }) => reading.statements.some(needsOwnDatabase))) return false;
  return true;
}

function* partsOfEach(found: Discovered): Generator<readonly FilePart[]> {
  for (const { file, bytes, blank, includes } of found.files) {
    const decoded = bytes === null ? null : decodeSql(bytes, file);
    if (!decoded?.ok) continue;
    const text = blank(decoded.text);
    yield partsOf(file, text, readSql(text, file), includes);
  }
}

async function run(database: EmbeddedPostgres, sql: string, isOpen: boolean): Promise<string | null> {
  if (isOpen) await database.exec('savepoint ddlint');
  try {
    await database.exec(sql);
    if (isOpen) await database.exec('release savepoint ddlint');
    return null;
  } catch (error) {
    if (isOpen) await database.exec('rollback to savepoint ddlint');
    return error instanceof Error ? error.message : String(error);
  }
}

function isOpenAfter(statement: ParsedStatement, isOpen: boolean): boolean {
  const kind = fieldsOf(statement.node, 'TransactionStmt')?.kind;
  if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return true;
  return kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK' ? false : isOpen;
}

/** COPY … FROM stdin has its data behind it, which is passed over. */
function waitsForData({ node }: ParsedStatement): boolean {
  const copy = fieldsOf(node, 'CopyStmt');
  return copy !== undefined && copy.is_from === true && copy.filename === undefined;
}

/** What cannot run in a transaction block, or means something else there: a new enum label can be used after COMMIT only. */
function needsOwnDatabase({ node, kind }: ParsedStatement): boolean {
  if (kind === 'TransactionStmt' || kind === 'ReindexStmt' || kind === 'VacuumStmt' || kind === 'AlterEnumStmt')
    return true;
  if (fieldsOf(node, 'IndexStmt')?.concurrent === true || fieldsOf(node, 'DropStmt')?.concurrent === true) return true;
  const commands = fieldsOf(node, 'AlterTableStmt')?.cmds ?? [];
  return commands.some((each) => fieldsOf(each, 'AlterTableCmd')?.subtype === 'AT_DetachPartition');
}

function blanked(text: string, { start, end }: SourceLocation): string {
  return text.slice(0, start) + text.slice(start, end).replace(/[^\r\n]/g, ' ') + text.slice(end);
}
