import type { EntityOf } from '../entities/index.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import type { SchemaGraph } from '../schema-graph.ts';

const SEALED: NamePatterns = [
  '*_token_encrypted',
  '*_secret_encrypted',
  '*_encrypted',
  'encrypted_*',
  '*_hash',
  '*_cipher',
];

/** By its name something that lets somebody in, also where it is kept as a hash or a cipher. */
export function isSecretColumn(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return isNamed(column.name, SEALED) || hasRole(graph, column, 'secret') || hasRole(graph, column, 'bearer');
}
