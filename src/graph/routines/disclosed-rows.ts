import { asksInEveryWay } from '../caller/asks-in-every-way.ts';
import { resultKind } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { policiesAskForOwner } from '../policies/owner-policies.ts';
import { admittingPolicies } from '../policies/policy-audience.ts';
import { decidingClause } from '../policies/policy-clauses.ts';
import type { ApiCaller } from '../privileges/api-calls.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { askedSecrets } from '../secrets/asked-secrets.ts';
import { givenColumns } from './given-columns.ts';

/** Rows of a table that a routine gives to whoever calls it, though its policies let each user read some of them only. */
export interface DisclosedRows {
  readonly table: EntityOf<'table'>;
  /** What it gives of a row, keys left out: at least two. */
  readonly columns: readonly EntityOf<'column'>[];
}

/**
 * The table of which a routine gives the most to callers who may read only some of its rows themselves: each policy that lets them read asks who calls, whatever
 * the row. Undefined for what policies call to decide (they need its answer), for one that is given a secret, and where it looks for rows that are
 * called public. Nor what the policies for its owner give to some callers only.
 */
export function disclosedRows(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  callers: readonly ApiCaller[],
): DisclosedRows | undefined {
  const isHelper = graph.dependentsOfKind(routine.id, 'policy').length > 0;
  if (isHelper || resultKind(routine) === 'void' || askedSecrets(graph, routine).length > 0) return undefined;
  const byTable = new Map<EntityId, EntityOf<'column'>[]>();
  for (const id of givenColumns(graph, routine)) {
    const column = graph.get('column', id);
    if (!isKey(graph, column)) addTo(byTable, column.relation, column);
  }
  const found = [...byTable].flatMap(([id, columns]): readonly DisclosedRows[] => {
    const table = graph.find(id);
    if (table?.kind !== 'table' || columns.length < 2 || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity'))
      return [];
    return isPublic(graph, routine, table) ||
      !isShared(graph, table, callers) ||
      policiesAskForOwner(graph, routine, table, 'select')
      ? []
      : [{ table, columns }];
  });
  return found.sort((a, b) => b.columns.length - a.columns.length)[0];
}

function isKey(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return (
    graph.foreignKeysOf(column).length > 0 || graph.primaryKey(column.relation)?.columns.includes(column.id) === true
  );
}

/** Do policies let each of the callers read rows, and none of them whatever the row? */
function isShared(graph: SchemaGraph, table: EntityOf<'table'>, callers: readonly ApiCaller[]): boolean {
  return callers.every((caller) => {
    const policies = admittingPolicies(graph, table, 'select', caller);
    return (
      policies.length > 0 &&
      policies.every((each) => {
        const clause = decidingClause(each, 'select');
        return clause !== null && asksInEveryWay(graph, clause);
      })
    );
  });
}

const PUBLIC = /publi|visib|shared|listed|directory/i;

/** Does it say that it is about what everybody may see? */
function isPublic(graph: SchemaGraph, routine: EntityOf<'function'>, table: EntityOf<'table'>): boolean {
  const tests = routineShape(graph, routine).queries.flatMap(({ sources }) =>
    sources.flatMap((each) => (each.relation === table.id ? each.tests : [])),
  );
  return (
    PUBLIC.test(routine.name.name) ||
    tests.some(({ column, constants }) =>
      [graph.get('column', column).name, ...constants].some((each) => PUBLIC.test(each)),
    )
  );
}
