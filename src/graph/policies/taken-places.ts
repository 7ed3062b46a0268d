import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { isOpenToRole } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { columnsNamed, namesNothingOfRow } from '../own-column.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { areRowsHeld } from './held-rows.ts';
import { policyAudience } from './policy-audience.ts';
import { decidingClause, waysOf } from './policy-clauses.ts';
import { type SharedScope, sharedScope } from './tenant-scope.ts';
import { isTaken } from './untied-parent-harms.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** Rows of the caller's own, of which each tenant has room for one, and of which nobody asks whether the tenant is the caller's. */
export interface TakenPlace extends SharedScope {
  /** By which the row is the caller's own, as is all that the policy asks. */
  readonly owner: Column;
  readonly access: readonly ClientAccess[];
}

/**
 * A policy for INSERT that compares a column with the caller's own id and leaves the tenant column to the client, which has a unique key by itself and a
 * foreign key, and which other tables compare with the caller. Not where the rows are what other policies look for, nor where a function adds them.
 */
export function takenPlace(
  graph: SchemaGraph,
  policy: Policy,
  settings: Parameters<typeof sharedScope>[3],
): TakenPlace | undefined {
  const clause = policy.isPermissive ? decidingClause(policy, 'insert') : null;
  if (clause === null) return undefined;
  const table = graph.get('table', policy.table);
  // Which tenants other tables go by is the dearer question.
  if (!graph.columns(table.id).some((each) => hasOnePlace(graph, each))) return undefined;
  const scope = sharedScope(graph, table, 'insert', settings);
  if (scope === undefined || scope.isAuthor) return undefined;
  const { column } = scope;
  const [key, another] = graph.foreignKeysOf(column);
  const parent = key && graph.find(key.referencedTable);
  if (another !== undefined || parent?.kind !== 'table' || !isTaken(graph, { table, column, parent })) return undefined;
  if (graph.dependentsOfKind(table.id, 'policy').some((each) => each.table !== table.id)) return undefined;
  const owners = new Set<Column>();
  const access = policyAudience(graph, policy, settings.clientRoles).filter((each) => {
    if (each.name === 'anon' || !each.commands.includes('insert')) return false;
    if (!isLeftTo(graph, table, column, 'insert', each) || areRowsHeld(graph, table, 'insert', each.role)) return false;
    const owner = (waysOf(clause) ?? []).flatMap((way) => ownerAlone(graph, way, column, each.name) ?? [])[0];
    if (owner !== undefined) owners.add(owner);
    return owner !== undefined;
  });
  const [owner] = owners;
  return owner === undefined ? undefined : { ...scope, owner, access };
}

/** A unique key by itself, by which the row refers to one other. */
function hasOnePlace(graph: SchemaGraph, column: Column): boolean {
  return graph.foreignKeysOf(column).length === 1 && isUniqueAlone(graph, column);
}

/** The column that the conditions compare with the caller's own id, where beside that they say only how the row is, and nothing of the tenant. */
function ownerAlone(
  graph: SchemaGraph,
  way: readonly BoundExpression[],
  tenant: Column,
  role: string,
): Column | undefined {
  const asked = way.filter((each) => !isOpenToRole(each, role));
  const owners = asked.flatMap((each) => {
    const own = callerComparisons(graph, each).filter(
      ({ via, sources, isOwnValue }) => via === 'value' && isOwnValue && sources.every((source) => source === 'user'),
    );
    return own.map(({ column }) => ({ part: each, column: graph.get('column', column) }));
  });
  const isOther = (each: BoundExpression) =>
    columnsNamed(each).has(tenant.id) ||
    (!owners.some(({ part }) => part === each) &&
      (namesNothingOfRow(each) ||
        asksCaller(graph, each.tree, each) ||
        callsUsersFunction(graph, each) ||
        anyNode(each.tree, (_, tag) => tag === 'SubLink')));
  return asked.some(isOther) ? undefined : owners[0]?.column;
}
