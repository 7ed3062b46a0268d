import { accept, identifier, type PlReader } from './reader.ts';
import { readString } from './string.ts';
import type { PlCondition } from './tree.ts';

/** A condition name, or SQLSTATE 'xxxxx' (Postgres docs, appendix A). */
export function readCondition(reader: PlReader): PlCondition {
  if (accept(reader, 'sqlstate')) return { kind: 'sqlstate', value: readString(reader) };
  return { kind: 'name', value: identifier(reader) };
}
