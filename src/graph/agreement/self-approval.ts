import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { isClosedToClients } from '../caller/closed-conditions.ts';
import { isStanding } from '../caller/row-scope.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { type OwnRowWrite, ownRowWrites } from '../own-rows/own-row-writes.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, waysOf } from '../policies/policy-clauses.ts';
import type { RowCommand } from '../policies/row-security.ts';
import { testsIn } from '../query-shapes/column-tests.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** A column whose value shows a row to others than whoever wrote it, while it is another by default. */
export interface ShowingColumn {
  readonly column: Column;
  readonly default: string;
  /** The values with which others see the row. */
  readonly shown: readonly string[];
  readonly reader: Policy;
}

/** By what the policies for reading show rows to clients that these did not write: `status = 'approved'`. */
export function showingColumns(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): readonly ShowingColumn[] {
  const found = new Map<Column, ShowingColumn>();
  for (const { policy, conditions } of alternativesFor(graph, table, 'select', clientRoles)) {
    if (conditions.some((each) => callerComparisons(graph, each).length > 0)) continue;
    for (const each of conditions) {
      const [only, another] = testsIn(each.tree, each);
      if (only === undefined || another !== undefined || !only.isOuter) continue;
      const { column: id, kind, constants, isBare } = only.test;
      if ((kind !== 'equal' && kind !== 'in') || constants.length === 0 || !isBare) continue;
      const column = graph.get('column', id);
      const start = column.default === null ? null : constantText(column.default.tree);
      if (start === null || constants.includes(start) || column.relation !== table.id) continue;
      if (!found.has(column)) found.set(column, { column, default: start, shown: constants, reader: policy });
    }
  }
  return [...found.values()];
}

/** The ways in which authors set the column of rows of their own, and the policies by which only others change such rows. */
export interface AuthorWrites {
  readonly writes: readonly { readonly policy: Policy; readonly write: OwnRowWrite }[];
  readonly deciders: readonly Policy[];
  /** The columns by which the rows that somebody adds are theirs. */
  readonly authors: ReadonlySet<EntityId>;
  /** A policy lets authors change rows of theirs, whatever it leaves them. */
  readonly mayUpdate: boolean;
}

export function authorWrites(
  graph: SchemaGraph,
  table: Table,
  column: Column,
  clientRoles: readonly string[],
): AuthorWrites {
  const all = graph
    .ownedBy(table.id, 'policy')
    .flatMap((policy) => ownRowWrites(graph, policy, clientRoles).map((write) => ({ policy, write })));
  const authors = authorColumns(graph, table, clientRoles);
  const writes = all.filter(({ write }) => write.tied.every((each) => authors.has(each)) && write.leavesFree(column));
  const changing = alternativesFor(graph, table, 'update', clientRoles);
  // The service role needs no policy, and one for it says nothing of who decides.
  const deciders = changing
    .filter(({ conditions }) => isStanding(graph, conditions))
    .filter(({ conditions }) => !conditions.some((each) => isClosedToClients(graph, each)))
    .map(({ policy }) => policy);
  const mayUpdate = changing.some(({ conditions }) => !isStanding(graph, conditions));
  return { writes, deciders: [...new Set(deciders)], authors, mayUpdate };
}

/** The columns by which the rows that a client adds are that client's: whoever may change rows without having added them decides about them. */
export function authorColumns(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): ReadonlySet<EntityId> {
  const writes = graph.ownedBy(table.id, 'policy').flatMap((policy) => ownRowWrites(graph, policy, clientRoles));
  return new Set(writes.flatMap(({ command, tied }) => (command === 'insert' ? tied : [])));
}

/** The ways through the permissive policies by which clients meet rows with the command. */
export function alternativesFor(
  graph: SchemaGraph,
  table: Table,
  command: RowCommand,
  clientRoles: readonly string[],
): readonly { readonly policy: Policy; readonly conditions: readonly BoundExpression[] }[] {
  return graph.ownedBy(table.id, 'policy').flatMap((policy) => {
    const clause = decidingClause(policy, command);
    if (!policy.isPermissive || clause === null) return [];
    const isMet = policyAudience(graph, policy, clientRoles).some(({ commands }) => commands.includes(command));
    if (!isMet) return [];
    return (waysOf(clause) ?? [[clause]]).map((conditions) => ({ policy, conditions }));
  });
}
