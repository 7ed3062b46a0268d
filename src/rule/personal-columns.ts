import type { EntityOf } from '../graph/entities/index.ts';
import type { ColumnRole } from '../graph/lexicon/column-names.ts';
import { columnsWithRole } from '../graph/lexicon/column-roles.ts';
import type { NamePatterns } from '../graph/lexicon/pattern.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import { mayColumn } from '../graph/privileges/privilege-questions.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { andList } from './prose.ts';

/** Hashes of passwords can be tried out elsewhere. */
export const PASSWORD_HASHES: NamePatterns = [
  '*_password_hash',
  '*_hashed_password',
  '*_password_digest',
  '*_encrypted_password',
];

/** What says something of a person, or lets somebody in. */
const PERSONAL: readonly ColumnRole[] = ['secret', 'bearer', 'pii', 'email', 'phone', 'payment'];

/** What is secret or personal among the columns of a table. */
export function personalColumns(graph: SchemaGraph, table: EntityOf<'table'>): readonly EntityOf<'column'>[] {
  const hashes = columnsWithRole(graph, table.id, 'secret', PASSWORD_HASHES);
  return [...new Set([...PERSONAL.flatMap((role) => columnsWithRole(graph, table.id, role)), ...hashes])];
}

/** What of that one of the roles may read: ` with its email and phone`; empty where there is nothing. */
export function withPersonal(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  access: readonly Pick<ClientAccess, 'role'>[],
): string {
  const columns = personalColumns(graph, table).filter((column) =>
    access.some(({ role }) => mayColumn(graph, role, column, 'r')),
  );
  const names = columns.map(({ name }) => quoteIdentifier(name));
  return names.length === 0 ? '' : ` with its ${andList(names, 4)}`;
}
