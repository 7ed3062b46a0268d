import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { GROUP_TABLES, PAID_PLACES, PERSONAL_ENTITLEMENTS } from '../lexicon/group-names.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { columnsNamed } from '../own-column.ts';
import { admitsWhoever } from '../policies/callerless-writes.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import { type ClientAccess, clientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksForRight } from './granted-right.ts';
import { isLeftTo } from './own-row-writes.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** What a group (an organisation, a team) has paid for or been granted, in the one row that it has, and its people may write. */
export interface GroupEntitlements {
  readonly access: readonly ClientAccess[];
  readonly columns: readonly Column[];
  /** The policy lets nobody write for another reason. */
  readonly isSole: boolean;
}

/**
 * The entitlements that a policy for UPDATE leaves to those whom it admits because of the row (its owner, its members), in a table with one row for each
 * group; of other rows of a group, which everybody sees, what puts them before those of others. Undefined where it asks for a rank whatever the row, or for
 * a right that no client hands out, names the column, or grants, triggers or restrictive policies keep clients from it.
 */
export function groupEntitlements(
  graph: SchemaGraph,
  policy: Policy,
  names: NamePatterns,
  clientRoles: readonly string[],
): GroupEntitlements | undefined {
  const { using, check } = policy;
  if (!policy.isPermissive || using === null || (policy.command !== 'update' && policy.command !== 'all'))
    return undefined;
  if (foldBoolean(using.tree) !== undefined) return undefined;
  const table = graph.get('table', policy.table);
  const isOfGroup = isOfGroups(graph, table);
  const keys = isOfGroup ? [] : groupKeys(graph, table);
  if (!isOfGroup && (keys.length === 0 || !isShownToAll(graph, table, clientRoles))) return undefined;
  const all = waysOf(using) ?? [];
  const ways = all.filter(
    (way) =>
      way.some((part) => callerComparisons(graph, part).some(({ column }) => isOfGroup || keys.includes(column))) &&
      !way.some((part) => asksForRight(graph, part, clientRoles)),
  );
  const access = policyAudience(graph, policy, clientRoles).filter(
    ({ name, commands }) => name !== 'anon' && commands.includes('update'),
  );
  if (ways.length === 0 || access.length === 0) return undefined;
  const checked = check === null ? new Set() : columnsNamed(check);
  const columns = graph
    .columns(table.id)
    .filter((each) => isNamed(each.name, names) && !isNamed(each.name, PERSONAL_ENTITLEMENTS))
    .filter((each) => isOfGroup || isNamed(each.name, PAID_PLACES))
    .filter((each) => each.generated === null && !checked.has(each.id))
    .filter((each) => ways.some((way) => !way.some((part) => columnsNamed(part).has(each.id))))
    .filter((each) => access.some((one) => isLeftTo(graph, table, each, 'update', one)));
  return columns.length === 0 ? undefined : { access, columns, isSole: ways.length === all.length };
}

/** A table of groups, or one with one row for each. */
function isOfGroups(graph: SchemaGraph, table: Table): boolean {
  if (isAccountTable(graph, table)) return false;
  if (isNamed(table.name.name, GROUP_TABLES)) return true;
  return groupKeys(graph, table).some((each) => isUniqueAlone(graph, graph.get('column', each)));
}

/** The columns that say whose of the groups a row is. */
function groupKeys(graph: SchemaGraph, table: Table): readonly EntityId[] {
  return graph.ownedBy(table.id, 'foreignKey').flatMap(({ columns: [column, another], referencedTable }) => {
    if (column === undefined || another !== undefined) return [];
    const parent = graph.get('table', referencedTable);
    return isNamed(parent.name.name, GROUP_TABLES) && !isAccountTable(graph, parent) ? [column] : [];
  });
}

/** Do clients read some of the rows whoever they are? */
function isShownToAll(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): boolean {
  return clientAccess(graph, table, clientRoles).some((each) => admitsWhoever(graph, table, 'select', each));
}
