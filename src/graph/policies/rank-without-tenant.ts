import type { Node } from '@pgsql/types';
import { nodesOf } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { isOpenToRole, isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import { namesNothingOfRow, ownColumn } from '../own-column.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { alternativesOf, implies, partOf } from './alternatives.ts';
import { conditionsOf, decidingClause } from './policy-clauses.ts';
import { policiesFor, type RowCommand } from './row-security.ts';
import { tenantScopes } from './tenant-scope.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;
type Policy = EntityOf<'policy'>;

/** A policy asks who calls and nothing of the row; policies of what each of its rows belongs to ask the same, and compare the tenant. */
export interface RankWithoutTenant {
  /** By which a row says what it belongs to. */
  readonly column: Column;
  readonly parent: Table;
  readonly parentKey: Column;
  /** The tenant column of the parent. */
  readonly tenant: Column;
  /** A policy of the parent that asks for all that this one asks for. */
  readonly tied: Policy;
  /** What that one asks of the tenant. */
  readonly compared: BoundExpression;
  /** The column in that, where nothing else of the row is named there, and it once. */
  readonly named: Node | undefined;
}

const WRITES: readonly RowCommand[] = ['insert', 'update', 'delete'];

/**
 * `using (my_role() = 'manager')` on rows that belong to a parent by a key of their own, where no policy lets the role read, or write, a row of the parent
 * but by its tenant, and one of them asks for `my_role() = 'manager'` beside that. So it is no rank above the tenants.
 */
export function rankWithoutTenant(
  graph: SchemaGraph,
  table: Table,
  clause: BoundExpression,
  command: RowCommand,
  role: Grantee,
  configured: readonly string[],
): RankWithoutTenant | undefined {
  if (!namesNothingOfRow(clause) || isOpenToSignedIn(clause) || isOpenToRole(clause, 'authenticated')) return undefined;
  const names = new Set(tenantScopes(graph, configured).map(({ name }) => name));
  if (names.size === 0) return undefined;
  for (const key of graph.ownedBy(table.id, 'foreignKey')) {
    const parent = graph.get('table', key.referencedTable);
    const [columnId, more] = key.columns;
    const [parentKeyId] = key.referencedColumns;
    if (columnId === undefined || more !== undefined || parentKeyId === undefined) continue;
    const column = graph.get('column', columnId);
    if (parent.id === table.id || !column.notNull || !isUsersOwn(graph, parent)) continue;
    if (!parent.rowSecurity || !graph.isKnown(parent, 'rowSecurity')) continue;
    const asked = (command === 'select' ? [command] : WRITES).flatMap((each) =>
      policiesFor(graph, parent, each, role).flatMap((policy) => {
        const deciding = policy.isPermissive ? decidingClause(policy, each) : null;
        return deciding === null
          ? []
          : [{ policy, clause: deciding, tenant: tenantIn(graph, parent, deciding, names) }];
      }),
    );
    if (asked.some(({ tenant }) => tenant === undefined)) continue;
    const tied = asked.find((each) => implies(each.clause, clause));
    if (tied?.tenant === undefined) continue;
    const parentKey = graph.get('column', parentKeyId);
    return { column, parent, parentKey, ...tied.tenant, tied: tied.policy };
  }
  return undefined;
}

/** Does each way through the clause compare the tenant with the caller? */
function tenantIn(
  graph: SchemaGraph,
  table: Table,
  clause: BoundExpression,
  names: ReadonlySet<string>,
): Pick<RankWithoutTenant, 'tenant' | 'compared' | 'named'> | undefined {
  const found = alternativesOf(clause).map((each) => {
    for (const condition of conditionsOf(each.expression)) {
      for (const { column, via } of callerComparisons(graph, condition)) {
        const tenant = graph.get('column', column);
        if (tenant.relation === table.id && names.has(tenant.name) && via !== 'otherTable')
          return { tenant, compared: partOf(each.expression, condition.tree), named: onlyNamed(condition) };
      }
    }
    return undefined;
  });
  return found.every((each) => each !== undefined) ? found[0] : undefined;
}

function onlyNamed(expression: BoundExpression): Node | undefined {
  const named = nodesOf(expression.tree, 'ColumnRef').flatMap((each) => {
    const node = { ColumnRef: each };
    return ownColumn(node, expression) === undefined ? [] : [node];
  });
  return named.length === 1 ? named[0] : undefined;
}
