import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import { callsOf } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { calledFrom } from '../caller/asked-routines.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { refersToAccounts } from '../lexicon/table-roles.ts';
import { clientsMeetingRows } from '../policies/policy-audience.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantOf, valueOfSelect } from '../query-shapes/operand.ts';
import { queriesOf } from '../query-shapes/queries-in.ts';
import type { Query } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

/**
 * Does a condition ask for a right that the caller's role has, by a table of rights that no client writes: `may(auth.uid(), shop_id, 'vouchers.manage')`,
 * where the function joins staff with role_rights? Whoever has it was given just that.
 */
export function asksForRight(graph: SchemaGraph, part: BoundExpression, clientRoles: readonly string[]): boolean {
  return rightTables(graph, part).some((each) => !isWrittenByClients(graph, each, clientRoles));
}

const rightTables = askedOnce((graph: SchemaGraph, part: BoundExpression): readonly EntityOf<'table'>[] => {
  const together = new Set<object>(callsTogether(part.tree));
  const called = callsOf(part).flatMap(({ call, args, function: routine }) => {
    const isGivenRight = together.has(call) && args.some((each) => typeof constantOf(each) === 'string');
    return isGivenRight && routine?.id !== undefined ? calledFrom(graph, routine.id) : [];
  });
  return [
    ...called.flatMap(({ routine }) =>
      routineShape(graph, routine).queries.flatMap((each) => rightsIn(graph, each, 'variable')),
    ),
    ...queriesOf(graph, part).flatMap((each) => rightsIn(graph, each, 'constant')),
  ];
});

/** The calls that all have to be true, also those in an EXISTS. */
function callsTogether(tree: Node | undefined): readonly FuncCall[] {
  return conjuncts(tree).flatMap((each) => {
    const value = valueOfSelect(each) ?? each;
    const call = fieldsOf(value, 'FuncCall');
    if (call !== undefined) return [call];
    const { subLinkType, subselect } = fieldsOf(each, 'SubLink') ?? {};
    return subLinkType === 'EXISTS_SUBLINK' ? callsTogether(fieldsOf(subselect, 'SelectStmt')?.whereClause) : [];
  });
}

/** The tables of a query in which it looks for a right, beside the row of whoever has it: they say nothing of a user. */
function rightsIn(graph: SchemaGraph, query: Query, by: 'variable' | 'constant'): readonly EntityOf<'table'>[] {
  const tables = query.sources.flatMap((source) => {
    const table = graph.find(source.relation);
    return table?.kind === 'table' && isUsersOwn(graph, table) ? [{ table, tests: source.tests }] : [];
  });
  if (!tables.some(({ table }) => refersToAccounts(graph, table))) return [];
  return tables.flatMap(({ table, tests }) => {
    const asked = tests.filter(({ kind, against }) => kind === 'equal' && against === by);
    const isRight = asked.some(({ column }) => isOneOfPair(graph, table, column));
    return isRight && !refersToAccounts(graph, table) ? [table] : [];
  });
}

function isWrittenByClients(graph: SchemaGraph, table: EntityOf<'table'>, clientRoles: readonly string[]): boolean {
  return (['insert', 'update'] as const).some(
    (command) => clientsMeetingRows(graph, table, command, clientRoles).length > 0,
  );
}

/** Is it a part of a key of two, so that a role has many rights and a right is of many roles? */
function isOneOfPair(graph: SchemaGraph, { id }: EntityOf<'table'>, column: EntityId): boolean {
  return graph
    .ownedBy(id, 'index')
    .some(
      ({ isUnique, predicate, keys }) =>
        isUnique && predicate === null && keys.length > 1 && keys.some((key) => key.column === column),
    );
}
