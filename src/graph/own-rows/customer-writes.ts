import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { isClosedToSignedOut } from '../caller/closed-conditions.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isNamed } from '../lexicon/pattern.ts';
import { SALE_NAMES } from '../lexicon/sale-names.ts';
import { columnsNamed } from '../own-column.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isLeftTo, tiesAsked } from './own-row-writes.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A policy by which customers write rows of a sale that is theirs, or anybody's. */
export interface CustomerWrite {
  readonly policy: Policy;
  readonly access: readonly ClientAccess[];
  /** The columns by which the row, or the one that it belongs to, is the customer's; none where everybody may write it. */
  readonly owners: readonly Column[];
  /** May the customer choose the value of the column? */
  readonly leavesFree: (column: Column) => boolean;
}

/**
 * The ways through the permissive policies of the table that ask nothing but whose the row is: it names the caller as who buys, or it belongs to a row
 * (an order) that does. None that asks for a standing, calls a function of the schema or names the caller as who sells. What everybody signed in may
 * write counts where signed-out clients may too, or the row belongs to one that customers add: else they may all be staff.
 */
export function customerWrites(
  graph: SchemaGraph,
  table: Table,
  command: 'insert' | 'update',
  clientRoles: readonly string[],
  below: ReadonlySet<EntityId> = new Set(),
): readonly CustomerWrite[] {
  const parents = below.has(table.id) ? [] : parentsOf(graph, table, clientRoles, below);
  return graph.ownedBy(table.id, 'policy').flatMap((policy) => {
    const clause = policy.check ?? policy.using;
    if (!policy.isPermissive || clause === null) return [];
    const reached = policyAudience(graph, policy, clientRoles).filter(({ commands }) => commands.includes(command));
    return (waysOf(clause) ?? []).flatMap((way): readonly CustomerWrite[] => {
      const access = reached.filter(
        ({ name }) => name !== 'anon' || !way.some((each) => isClosedToSignedOut(graph, each)),
      );
      const asked = way.map((part) => parentsOwners(graph, part, parents) ?? tiesAsked(graph, part));
      if (access.length === 0 || asked.includes(undefined)) return [];
      const owners = asked.flatMap((each) => each ?? []).map((id) => graph.get('column', id));
      if (owners.some(({ name }) => isNamed(name, SALE_NAMES.seller))) return [];
      if (owners.length === 0 && parents.length === 0 && !access.some(({ name }) => name !== 'authenticated'))
        return [];
      const named = new Set(way.flatMap((each) => [...columnsNamed(each)]));
      const leavesFree = (column: Column) =>
        !named.has(column.id) &&
        column.generated === null &&
        access.some((each) => isLeftTo(graph, table, column, command, each));
      return [{ policy, access, owners, leavesFree }];
    });
  });
}

/** What a row belongs to, by a key of one column, and by what that is a customer's. */
interface Parent {
  readonly column: EntityId;
  readonly table: EntityId;
  readonly owners: readonly EntityId[];
}

function parentsOf(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
  below: ReadonlySet<EntityId>,
): readonly Parent[] {
  return graph.ownedBy(table.id, 'foreignKey').flatMap(({ columns: [column, another], referencedTable }) => {
    const parent = graph.find(referencedTable);
    if (column === undefined || another !== undefined || parent?.kind !== 'table' || parent === table) return [];
    if (!isNamed(parent.name.name, SALE_NAMES.sales)) return [];
    const writes = customerWrites(graph, parent, 'insert', clientRoles, new Set([...below, table.id]));
    const owners = writes.flatMap((each) => each.owners.map(({ id }) => id));
    return writes.length === 0 ? [] : [{ column, table: parent.id, owners }];
  });
}

/** `exists (select 1 from orders o where o.id = order_id and o.user_id = auth.uid())`: by which columns the order is the caller's. */
function parentsOwners(
  graph: SchemaGraph,
  part: BoundExpression,
  parents: readonly Parent[],
): readonly EntityId[] | undefined {
  const [first, ...more] = callerComparisons(graph, part);
  if (first === undefined || !first.isOwnValue || more.some((each) => each.column !== first.column)) return undefined;
  const [read, another] = first.reads;
  const parent = parents.find((each) => each.column === first.column && each.table === read);
  if (parent === undefined || another !== undefined) return undefined;
  if (first.via === 'otherTable') return parent.owners;
  const named = columnsNamed(part);
  const owners = parent.owners.filter((each) => named.has(each));
  return first.via === 'membership' && owners.length > 0 ? owners : undefined;
}
