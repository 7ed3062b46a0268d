import { withoutComments } from './comments.ts';
import type { DiscoveredFile } from './discover.ts';

type ReadFile = Pick<DiscoveredFile, 'file' | 'bytes' | 'migration'>;

/** What the files say of the tables that clients reach. */
interface Said {
  /** From what a REVOKE takes writing, and leaves reading, before anything was granted; by the file that does so. */
  readonly left: Map<string, string>;
  /** What clients may read by a GRANT. */
  readonly granted: Set<string>;
  /** What has a policy by which clients are to read. */
  readonly shown: Set<string>;
  /** Whether something is granted to clients of all tables at once. */
  isAllGranted: boolean;
}

/**
 * The first file that counts on tables being open to the API as they are made: it takes from clients to write and leaves them to read what no GRANT lets them
 * read, and a policy says which rows. Undefined where fewer than three tables are treated so, or as many are granted by name: then some were forgotten.
 */
export function countsOnOpenTables(files: readonly ReadFile[]): string | undefined {
  const said: Said = { left: new Map(), granted: new Set(), shown: new Set(), isAllGranted: false };
  for (const each of files)
    if (each.migration.skipped === null && each.bytes !== null)
      read(withoutComments(new TextDecoder().decode(each.bytes)), each.file, said);
  if (said.isAllGranted) return undefined;
  const counting = [...said.left].filter(([name]) => said.shown.has(name) && !said.granted.has(name));
  return counting.length >= FEW && counting.length > said.granted.size ? counting[0]?.[1] : undefined;
}

/** Fewer tables may have been forgotten where the others have their GRANT. */
const FEW = 3;

/** GRANT and REVOKE of tables, what changes the privileges of all to come, and the head of a policy: what follows the command decides. */
const STATEMENT =
  /\b(?:(grant|revoke)\s+([\w\s,()"]{1,300}?)\s+on\s+(?:table\s+)?(all\s+tables\s+in\s+schema\s+[\w"]+|tables|[\w".]+(?:\s*,\s*[\w".]+)*)\s+(?:to|from)\s+([\w\s,"]+)|create\s+policy\s+(?:"[^"]*"|\w+)\s+on\s+([\w".]+)([^;]{0,200}))/gi;

/** A GRANT put together as it runs, of whatever a loop comes to. */
const COMPOSED_GRANT = /\bgrant\b[^;]{0,200}(?:%|\|\|)/i;

function read(text: string, file: string, said: Said): void {
  if (COMPOSED_GRANT.test(text)) said.isAllGranted = true;
  for (const [, command, privileges = '', names = '', roles = '', table, head = ''] of text.matchAll(STATEMENT)) {
    if (table !== undefined) {
      if (isForReaders(head)) said.shown.add(bare(table));
    } else if (CLIENTS.test(roles)) {
      const isRead = /\b(?:all|select)\b/i.test(privileges);
      if (command?.toLowerCase() === 'grant') grant(names, isRead, said);
      else if (!isRead) for (const each of names.split(',')) leave(bare(each), file, said);
    }
  }
}

const CLIENTS = /\b(?:anon|authenticated|public)\b/i;

function grant(names: string, isRead: boolean, said: Said): void {
  if (!isRead) return;
  if (/^(?:all\s|tables$)/i.test(names)) said.isAllGranted = true;
  else for (const each of names.split(',')) said.granted.add(bare(each));
}

function leave(name: string, file: string, said: Said): void {
  if (!said.left.has(name) && !said.granted.has(name)) said.left.set(name, file);
}

/** Up to USING: for reading, or for all, and not for the server alone. */
function isForReaders(head: string): boolean {
  const [before = ''] = head.split(/\b(?:using|with)\b/i);
  const isWriting = /\bfor\s+(?:insert|update|delete)\b/i.test(before);
  const to = /\bto\s+([\w\s,"]+)/i.exec(before)?.[1];
  return !isWriting && (to === undefined || CLIENTS.test(to));
}

/** The name without its schema and quotes. */
function bare(name: string): string {
  return name.trim().replace(/^.*\./, '').replaceAll('"', '').toLowerCase();
}
