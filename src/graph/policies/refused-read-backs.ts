import { askedByRoles } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayAnyColumn } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { lookedFor } from './missing-row.ts';
import { admittingPolicies, policyAudience } from './policy-audience.ts';
import { decidingClause } from './policy-clauses.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/** Rows that clients may add and never get back from the INSERT: what reading asks for is not there before the row is. */
export interface RefusedReadBack {
  readonly table: Table;
  /** Those for INSERT, of which none lets a new row be read. */
  readonly inserting: readonly Policy[];
  readonly reading: readonly Policy[];
  readonly access: readonly ClientAccess[];
  /** In which reading looks for a row: the table itself, or those whose rows refer to its. */
  readonly lookedIn: readonly Table[];
}

/**
 * INSERT … RETURNING asks the SELECT policies of the new row as well, before it is stored (ExecInsert() in nodeModifyTable.c). A policy that looks the row up by its
 * key does not find it, and one that looks for a row which refers to it cannot find one either, as the foreign key would refuse that. None where one
 * of the policies for reading may be true all the same.
 */
export const refusedReadBack = askedByRoles(readBackOf);

function readBackOf(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): RefusedReadBack | undefined {
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity') || !isUsersOwn(graph, table)) return undefined;
  const [key, another] = graph.primaryKey(table.id)?.columns ?? [];
  if (key === undefined || another !== undefined) return undefined;
  const naming = namingColumns(graph, key);
  const inserting = graph
    .ownedBy(table.id, 'policy')
    .filter(({ command }) => command === 'insert' || command === 'all');
  const found = inserting.flatMap((policy) =>
    policyAudience(graph, policy, clientRoles).flatMap((access) => {
      const isTheirs = policy.isPermissive && access.name === 'authenticated' && access.commands.includes('insert');
      if (!isTheirs || !mayAnyColumn(graph, access.role, table, 'r')) return [];
      const reading = admittingPolicies(graph, table, 'select', access);
      const looked = reading.map((each) => {
        const clause = decidingClause(each, 'select');
        return clause === null ? undefined : lookedFor(graph, clause, key, naming);
      });
      const lookedIn = looked.flatMap((each) => each ?? []);
      return reading.length === 0 || looked.includes(undefined) ? [] : [{ policy, access, reading, lookedIn }];
    }),
  );
  const [first] = found;
  if (first === undefined) return undefined;
  return {
    table,
    inserting: [...new Set(found.map(({ policy }) => policy))],
    reading: first.reading,
    access: found.filter(({ policy }) => policy === first.policy).map(({ access }) => access),
    lookedIn: [...new Set(first.lookedIn)].map((id) => graph.get('table', id)),
  };
}

/** The key, and the columns that cannot hold it before there is such a row. */
function namingColumns(graph: SchemaGraph, key: EntityId): ReadonlySet<EntityId> {
  const referring = graph
    .referencedBy(graph.get('column', key).relation)
    .filter(({ isEnforced, isDeferrable, columns, referencedColumns }) => {
      return isEnforced && !isDeferrable && columns.length === 1 && referencedColumns.includes(key);
    })
    .flatMap(({ columns }) => columns);
  return new Set([key, ...referring]);
}
