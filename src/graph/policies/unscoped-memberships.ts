import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { askedMembership } from '../caller/asked-membership.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { hasUniqueKeyOf, isUniqueAlone } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { valueOfSelect } from '../query-shapes/operand.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { clausesOf, conditionsOf, waysOf } from './policy-clauses.ts';

type Table = EntityOf<'table'>;
type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** A policy that asks for a membership and says nothing of which, on a table whose rows belong to what one is a member of. */
export interface UnscopedMembership {
  /** By which a row says whose it is. */
  readonly column: Column;
  /** The same of a membership. */
  readonly membersColumn: Column;
  readonly members: Table;
  /** What the rows belong to. */
  readonly tenants: Table;
  /** The function that looks for it, given nothing of the row. */
  readonly helper: EntityOf<'function'>;
  /** Policies of other tables that do say which. */
  readonly tied: readonly Policy[];
}

/** Ranks above all tenants. */
const ABOVE_ALL: NamePatterns = [
  ...[
    '*_super_*',
    '*_superadmin_*',
    '*_superuser_*',
    '*_platform_*',
    '*_system_*',
    '*_global_*',
    '*_root_*',
    '*_sysadmin_*',
  ],
  ...['*_operator_*', '*_support_*', '*_developer_*', '*_app_admin_*', '*_site_admin_*', '*_internal_*'],
];

/**
 * `is_manager()`, which finds the caller in a table of members keyed by user and tenant, where the row refers to a tenant by a foreign key of its own, and
 * policies of other tables do compare the two. None where the helper asks for a rank above the tenants, or the policy for anything else.
 */
export function unscopedMembership(
  graph: SchemaGraph,
  table: Table,
  clause: BoundExpression,
): UnscopedMembership | undefined {
  const others = conditionsOf(clause).filter((each) => !isOpenToSignedIn(each));
  const asked = others.map((each) => loose(graph, each));
  const [first] = asked;
  if (first === undefined || asked.some((each) => each?.members !== first.members)) return undefined;
  const { members, user, values, helper } = first;
  if (isNamed(helper.name.name, ABOVE_ALL) || values.some((each) => isNamed(each, ABOVE_ALL))) return undefined;
  const [key, another] = graph.ownedBy(members.id, 'foreignKey').filter((each) => isTenantKey(graph, each, user));
  const membersColumn = key?.columns[0] === undefined ? undefined : graph.get('column', key.columns[0]);
  if (key === undefined || another !== undefined || membersColumn === undefined) return undefined;
  if (first.fixed.includes(membersColumn.id) || table.id === members.id || table.id === key.referencedTable)
    return undefined;
  const own = graph
    .ownedBy(table.id, 'foreignKey')
    .filter((each) => each.referencedTable === key.referencedTable && each.columns.length === 1);
  const [ownKey, more] = own;
  if (ownKey?.columns[0] === undefined || more !== undefined) return undefined;
  const tied = tiedBy(graph, membersColumn.id).filter((each) => each.table !== table.id);
  if (tied.length === 0) return undefined;
  const tenants = graph.get('table', key.referencedTable);
  return { column: graph.get('column', ownKey.columns[0]), membersColumn, members, tenants, helper, tied };
}

interface Loose {
  readonly members: Table;
  readonly user: EntityId;
  readonly helper: EntityOf<'function'>;
  readonly values: readonly string[];
  /** The columns that have to hold constants. */
  readonly fixed: readonly EntityId[];
}

/** A membership of any tenant that a function of the user's looks for. */
function loose(graph: SchemaGraph, part: BoundExpression): Loose | undefined {
  const asked = askedMembership(graph, part);
  const helper = calledFunction(graph, valueOfSelect(part.tree), part);
  if (asked === undefined || helper === undefined || !asked.isWhole || asked.joins.size > 0) return undefined;
  const members = graph.find(asked.relation);
  if (members?.kind !== 'table' || graph.isDoubtful(helper, ['functions'])) return undefined;
  const values = [...asked.values.values()].flatMap(({ constants }) => constants);
  return { members, user: asked.user, helper, values, fixed: [...asked.values.keys()] };
}

/** Of a table with one row at most for a user in each tenant. Where there is one for each user at all, its rank may be one above the tenants. */
function isTenantKey(graph: SchemaGraph, { table, columns }: EntityOf<'foreignKey'>, user: EntityId): boolean {
  const [column, more] = columns;
  if (column === undefined || more !== undefined || column === user || !graph.get('column', column).notNull)
    return false;
  return !isUniqueAlone(graph, graph.get('column', user)) && hasUniqueKeyOf(graph, table, new Set([user, column]));
}

/** The policies that compare the column of a membership of the caller's with their row. */
function tiedBy(graph: SchemaGraph, column: EntityId): readonly Policy[] {
  return policiesByJoin(graph).get(column) ?? [];
}

const policiesByJoin = askedOnce((graph: SchemaGraph): ReadonlyMap<EntityId, readonly Policy[]> => {
  const found = new Map<EntityId, Policy[]>();
  for (const policy of graph.ofKind('policy')) {
    const parts = clausesOf(policy).flatMap(({ expression }) => (waysOf(expression) ?? []).flat());
    for (const joined of new Set(parts.flatMap((each) => [...(askedMembership(graph, each)?.joins.keys() ?? [])]))) {
      addTo(found, joined, policy);
    }
  }
  return found;
});
