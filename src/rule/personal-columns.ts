import type { EntityOf } from '../graph/entities/index.ts';
import { columnsWithRole, hasRole } from '../graph/lexicon/column-roles.ts';
import type { NamePatterns } from '../graph/lexicon/pattern.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import { mayColumn } from '../graph/privileges/privilege-questions.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { PERSONAL } from './migrated-list.ts';
import { andList } from './prose.ts';

/** Hashes of passwords can be tried out elsewhere. */
export const PASSWORD_HASHES: NamePatterns = [
  '*_password_hash',
  '*_hashed_password',
  '*_password_digest',
  '*_encrypted_password',
];

/** What is secret or personal among the columns of a table that one of the roles may read: ` with its email and phone`; empty where nothing is. */
export function withPersonal(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  access: readonly Pick<ClientAccess, 'role'>[],
): string {
  const hashes = graph.columns(table.id).filter((each) => hasRole(graph, each, 'secret', PASSWORD_HASHES));
  const columns = [...PERSONAL.flatMap((role) => columnsWithRole(graph, table.id, role)), ...hashes].filter((column) =>
    access.some(({ role }) => mayColumn(graph, role, column, 'r')),
  );
  const names = [...new Set(columns)].map(({ name }) => quoteIdentifier(name));
  return names.length === 0 ? '' : ` with its ${andList(names, 4)}`;
}
