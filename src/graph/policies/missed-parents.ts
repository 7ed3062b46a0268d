import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { askedStandings } from '../caller/caller-standing.ts';
import { isStanding } from '../caller/row-scope.ts';
import { isWider } from '../caller/wider-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { ownRowWrites } from '../own-rows/own-row-writes.ts';
import { type ClientAccess, LETTERS } from '../privileges/client-access.ts';
import { isUnderRowSecurity, mayColumn } from '../privileges/privilege-questions.ts';
import type { CertainWrite } from '../query-shapes/certain-writes.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import type { ChangedRow } from './changed-rows.ts';
import { excludesValue } from './excluded-value.ts';
import { ownersIn, parentOf } from './parent-writes.ts';
import { admittingPolicies } from './policy-audience.ts';
import { decidingClause, waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Table = EntityOf<'table'>;
type Policy = EntityOf<'policy'>;
type Deed = 'insert' | 'update' | 'delete';

/** A trigger's write to the row that another refers to, which row security limits to rows of the caller's own. */
export interface MissedParent {
  readonly access: readonly ClientAccess[];
  readonly written: Table;
  readonly deed: 'update' | 'delete';
  readonly kind: 'ownOnly';
  /** Whose those are. */
  readonly owner: EntityOf<'column'>;
  /** The policies by which callers of a standing, administrators say, reach all rows. */
  readonly exempting: readonly Policy[];
}

/** The parent of a new row is changed only where it is the caller's, and the row may name any that the caller sees. */
export function missedOfAdded(
  graph: SchemaGraph,
  table: Table,
  write: CertainWrite,
  reached: readonly ClientAccess[],
  called: EntityId,
): MissedParent | undefined {
  return missed(graph, table, write, reached, (column, each) =>
    graph
      .ownedBy(table.id, 'policy')
      .flatMap((policy) => ownRowWrites(graph, policy, [each.name]))
      .some((one) => one.command === 'insert' && one.leavesFree(column, called)),
  );
}

/** The parent of a row is changed only where it is the caller's, and policies let the row be changed by others. */
export function missedOfChanged(
  graph: SchemaGraph,
  table: Table,
  write: CertainWrite,
  reached: readonly ClientAccess[],
  row: ChangedRow,
): (MissedParent & { readonly policies: readonly Policy[] }) | undefined {
  const policies = new Set<Policy>();
  const found = missed(graph, table, write, reached, (column, each, exempting) => {
    if (row.named().some((id) => id !== column.id)) return false;
    if (!mayColumn(graph, each.role, row.column, LETTERS.get('update') ?? '')) return false;
    for (const policy of admittingPolicies(graph, table, 'update', each))
      if (isByOthers(graph, policy, row, column, exempting)) policies.add(policy);
    return policies.size > 0;
  });
  return found === undefined ? undefined : { ...found, policies: [...policies] };
}

/** Does it let rows be set to the value by somebody whom the row does not name, and who is not exempt? */
function isByOthers(
  graph: SchemaGraph,
  policy: Policy,
  { column: status, value }: ChangedRow,
  column: EntityOf<'column'>,
  exempting: readonly Exempting[],
): boolean {
  const { using, check } = policy;
  const held = check === null ? undefined : waysOf(check);
  if (using === null || (check !== null && held === undefined)) return false;
  const isLet = (way: readonly BoundExpression[]) =>
    !excludesValue(way, status, value) && !way.flatMap((each) => ownersIn(graph, each)).includes(column.id);
  if (held !== undefined && !held.some(isLet)) return false;
  return (waysOf(using) ?? []).some((way) => {
    if (check === null ? !isLet(way) : way.flatMap((each) => ownersIn(graph, each)).includes(column.id)) return false;
    if (!isStanding(graph, way)) return way.some((each) => ownersIn(graph, each).length > 0);
    const asked = way.flatMap((each) => askedStandings(graph, policy, each));
    return exempting.every(({ standings }) => isWider(asked, standings));
  });
}

/** A way through a policy of the parent by which callers of a standing reach all of its rows, and what it asks for. */
interface Exempting {
  readonly policy: Policy;
  readonly standings: ReturnType<typeof askedStandings>;
}

function missed(
  graph: SchemaGraph,
  table: Table,
  { query, write }: CertainWrite,
  reached: readonly ClientAccess[],
  mayNameOthers: (column: EntityOf<'column'>, access: ClientAccess, exempting: readonly Exempting[]) => boolean,
): MissedParent | undefined {
  const { kind: deed } = write;
  const found = parentOf(graph, table.id, query, write);
  if (found === undefined || (deed !== 'update' && deed !== 'delete')) return undefined;
  const { parent, column } = found;
  if (!parent.rowSecurity || !graph.isKnown(parent, 'rowSecurity') || !isUsersOwn(graph, parent)) return undefined;
  if (graph.ownedBy(parent.id, 'rewriteRule').length > 0) return undefined;
  const all = reached.flatMap((access) => {
    const owner = isUnderRowSecurity(graph, access.role, parent)
      ? soleOwner(graph, parent, deed, access, isStanding)
      : undefined;
    if (owner === undefined || !seesOthers(graph, parent, access)) return [];
    const exempting = exemptingWays(graph, parent, deed, access);
    return mayNameOthers(column, access, exempting) ? [{ access, owner, exempting }] : [];
  });
  const [first] = all;
  if (first === undefined) return undefined;
  return {
    access: all.map((each) => each.access),
    written: parent,
    deed,
    kind: 'ownOnly',
    owner: first.owner,
    exempting: [...new Set(first.exempting.map(({ policy }) => policy))],
  };
}

function exemptingWays(graph: SchemaGraph, parent: Table, deed: Deed, access: ClientAccess): readonly Exempting[] {
  return admittingPolicies(graph, parent, deed, access).flatMap((policy) =>
    (waysFor(policy, deed) ?? [])
      .filter((way) => isStanding(graph, way))
      .map((way) => ({ policy, standings: way.flatMap((each) => askedStandings(graph, policy, each)) })),
  );
}

/**
 * The column that each way of each policy by which the role may do that ties to the caller.
 * @param isOther whether a way is not asked about: that of administrators, say
 */
export function soleOwner(
  graph: SchemaGraph,
  table: Table,
  command: Deed,
  access: ClientAccess,
  isOther: (graph: SchemaGraph, conditions: readonly BoundExpression[]) => boolean = () => false,
): EntityOf<'column'> | undefined {
  const owners = admittingPolicies(graph, table, command, access).flatMap((policy) => {
    return (
      waysFor(policy, command)
        ?.filter((conditions) => !isOther(graph, conditions))
        .map((conditions) => conditions.flatMap((each) => ownersIn(graph, each))) ?? [[]]
    );
  });
  const [owner] = owners[0] ?? [];
  return owner !== undefined && owners.every((each) => each.includes(owner)) ? graph.get('column', owner) : undefined;
}

function waysFor(policy: Policy, command: Deed): readonly (readonly BoundExpression[])[] | undefined {
  const clause = decidingClause(policy, command);
  return clause === null ? undefined : waysOf(clause);
}

/** Is there a way to see rows that neither are the caller's nor take a standing of the caller's own? */
function seesOthers(graph: SchemaGraph, table: Table, access: ClientAccess): boolean {
  if (policiesFor(graph, table, 'select', access.role).some(({ isPermissive }) => !isPermissive)) return false;
  return admittingPolicies(graph, table, 'select', access).some(({ using }) =>
    (using === null ? [] : (waysOf(using) ?? [])).some(
      (conditions) =>
        conditions.every((each) => callerComparisons(graph, each).length === 0) && !isStanding(graph, conditions),
    ),
  );
}
