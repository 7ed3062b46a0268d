import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import { askedMembership } from '../caller/asked-membership.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { groupsAsked } from '../caller/group-gates.ts';
import { keptArguments } from '../caller/sent-identity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isMembershipTable } from '../lexicon/table-roles.ts';
import { admittingPolicies } from '../policies/policy-audience.ts';
import { decidingClause, waysOf } from '../policies/policy-clauses.ts';
import type { ApiCaller } from '../privileges/api-calls.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnUnder, valueUnder } from '../query-shapes/column-under.ts';
import { variableOf } from '../query-shapes/operand.ts';
import type { Query, Write } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { securedTable } from './written-tables.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** Rows of whichever user an argument names, which a routine writes for every member of a group. */
export interface RowsOfOthers {
  readonly table: Table;
  readonly command: 'insert' | 'update' | 'delete';
  /** The argument that names the user. */
  readonly argument: string;
  /** Those that name the group, and are all that the body holds against the caller. */
  readonly groups: readonly string[];
}

/**
 * What a routine that asks of its caller only whether a group is theirs writes of the rows of whoever an argument names, where policies go by auth.uid() in
 * that column and none lets every member of the group do the same. Not of tables that say who is a member, which members may be meant to write, nor where
 * it cannot be told whom the policies let.
 */
export function rowsOfOthers(
  graph: SchemaGraph,
  routine: Routine,
  callers: readonly ApiCaller[],
): readonly RowsOfOthers[] {
  const signedIn = callers.find(({ name }) => name === 'authenticated');
  const groups = signedIn === undefined ? undefined : groupsAsked(graph, routine);
  if (groups === undefined || signedIn === undefined) return [];
  const { block, expressions, writes } = routineShape(graph, routine);
  const kept = keptArguments(routine, block, expressions);
  const found = new Map<string, RowsOfOthers>();
  for (const { query, write } of writes) {
    const table = securedTable(graph, write);
    const { kind: command } = write;
    if (table === undefined || (command !== 'insert' && command !== 'update' && command !== 'delete')) continue;
    if (isMembershipTable(graph, table)) continue;
    for (const column of userColumns(graph, table)) {
      const argument = command === 'insert' ? given(query, write, column) : picked(query, column);
      if (argument === null || !kept.has(argument) || groups.has(argument)) continue;
      if (isLeftToFew(graph, table, command, column, signedIn))
        found.set(`${table.id} ${command}`, { table, command, argument, groups: [...groups] });
    }
  }
  return [...found.values()];
}

/** The columns in which policies of the table look for auth.uid(). */
const userColumns = askedOnce((graph: SchemaGraph, table: Table): readonly EntityId[] => {
  const clauses = graph.ownedBy(table.id, 'policy').flatMap(({ using, check }) => [using, check]);
  const compared = clauses.flatMap((each) => (each === null ? [] : callerComparisons(graph, each)));
  const own = compared.filter(
    ({ via, isOwnValue, sources }) => via === 'value' && isOwnValue && sources.includes('user'),
  );
  return [...new Set(own.map(({ column }) => column))];
});

/** The argument that an INSERT puts into the column. */
function given({ binding }: Query, { sets }: Write, column: EntityId): string | null {
  const value = sets.find((each) => each.column === column)?.value;
  return value === undefined || value === null ? null : variableOf(valueUnder(value).value, binding);
}

/** The argument that the column has to be in the rows that an UPDATE or DELETE changes. */
function picked({ binding, node }: Query, column: EntityId): string | null {
  const { whereClause } = fieldsOf(node, 'UpdateStmt') ?? fieldsOf(node, 'DeleteStmt') ?? {};
  for (const [own, other] of conjuncts(whereClause).flatMap(equalSides)) {
    const meaning = columnUnder(own, binding)?.meaning;
    if (meaning?.column === column && meaning.level === 0) return variableOf(valueUnder(other).value, binding);
  }
  return null;
}

/** Does each way through the policies ask that the row is the caller's own, or for a rank? */
function isLeftToFew(
  graph: SchemaGraph,
  table: Table,
  command: RowsOfOthers['command'],
  column: EntityId,
  signedIn: ApiCaller,
): boolean {
  return admittingPolicies(graph, table, command, signedIn).every((policy) => {
    const clause = decidingClause(policy, command);
    const ways = clause === null ? [] : waysOf(clause);
    return ways?.every((way) =>
      way.some((part) => {
        const isOwn = callerComparisons(graph, part).some((each) => each.column === column && each.via === 'value');
        const asked = isOwn ? undefined : askedMembership(graph, part);
        return isOwn || (asked !== undefined && (asked.values.size > 0 || asked.joins.size === 0));
      }),
    );
  });
}
