import { innerOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { isStanding } from '../caller/row-scope.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isInWiderKey } from '../keys/wider-keys.ts';
import { columnsNamed } from '../own-column.ts';
import { findsCallersKey, isLeftTo } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { admittingPolicies, policyAudience } from './policy-audience.ts';
import { waysOf } from './policy-clauses.ts';
import type { RowCommand } from './row-security.ts';
import { policiesFor } from './row-security.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;
type Policy = EntityOf<'policy'>;
type ForeignKey = EntityOf<'foreignKey'>;
type Way = readonly BoundExpression[];

/** A reference to a row that belongs to somebody, from rows of which writing asks only whose they are themselves. */
export interface UntiedParent {
  readonly table: Table;
  readonly column: Column;
  readonly parent: Table;
  /** By which a row is the caller's, and by which the parent is its owner's: an organization, or a user. */
  readonly owner: Column;
  readonly parentOwner: Column;
  /** The owner is a user: the caller's own id, or the key of a row for it, is what is asked for. */
  readonly isUser: boolean;
  readonly command: 'insert' | 'update';
  readonly policy: Policy;
  /** The conditions of the policy's clause that have to hold together. */
  readonly way: Way;
  readonly access: readonly ClientAccess[];
}

/**
 * `organization_id in (my organizations)` is all that a policy asks of a new row, and the project that it names has an organization_id by which alone its rows
 * are read. None where a policy, a trigger, a grant or a key over several columns says anything of the reference, and where other rows of the parent's table may be read.
 */
export function untiedParent(
  graph: SchemaGraph,
  key: ForeignKey,
  clientRoles: readonly string[],
): UntiedParent | undefined {
  const [id, another] = key.columns;
  const table = graph.get('table', key.table);
  const parent = graph.find(key.referencedTable);
  if (id === undefined || another !== undefined || !key.isEnforced || key.parent !== null) return undefined;
  if (parent?.kind !== 'table' || parent.isAssumed === true || !isUsersOwn(graph, parent)) return undefined;
  if (!isUsersOwn(graph, table) || isInWiderKey(graph, table.id, id)) return undefined;
  const keys = graph.ownedBy(table.id, 'foreignKey').filter((each) => each.columns.includes(id));
  if (keys.find((each) => each.referencedTable === parent.id) !== key) return undefined;
  if (![table, parent].every((each) => each.rowSecurity && graph.isKnown(each, 'rowSecurity'))) return undefined;
  const column = graph.get('column', id);
  for (const command of ['insert', 'update'] as const)
    for (const policy of graph.ownedBy(table.id, 'policy')) {
      const clause = policy.check ?? policy.using;
      if (!policy.isPermissive || clause === null || (policy.command !== command && policy.command !== 'all')) continue;
      for (const way of waysOf(clause) ?? []) {
        const found = untiedBy(graph, { key, table, column, parent, command, policy, way }, clientRoles);
        if (found !== undefined) return found;
      }
    }
  return undefined;
}

function untiedBy(
  graph: SchemaGraph,
  write: Omit<UntiedParent, 'owner' | 'parentOwner' | 'isUser' | 'access'> & { readonly key: ForeignKey },
  clientRoles: readonly string[],
): UntiedParent | undefined {
  const { key, table, column, parent, command, policy, way } = write;
  if (way.some((each) => columnsNamed(each).has(column.id) || namesWholeRow(each))) return undefined;
  const owners = way.flatMap((each) => ownersAsked(graph, each)).filter((each) => each.column !== column.id);
  if (owners.length === 0) return undefined;
  const all = policyAudience(graph, policy, clientRoles).flatMap((access) => {
    if (!access.commands.includes(command) || !isLeftTo(graph, table, column, command, access)) return [];
    if (command === 'update' && !isSeenWithout(graph, table, column, access)) return [];
    const held = ownersOfParent(graph, key, parent, access);
    const found = owners.flatMap(({ column: id, isUser }) => {
      const owner = graph.get('column', id);
      const parentOwner = held.find((each) => isSameOwner(graph, key, owner, graph.get('column', each), isUser));
      if (parentOwner === undefined || isGuarded(graph, table, owner, command)) return [];
      return [{ owner, parentOwner: graph.get('column', parentOwner), isUser }];
    });
    return found.slice(0, 1).map((each) => ({ ...each, access }));
  });
  // Without an account nothing is anybody's.
  const signedIn = all.filter(({ access }) => access.name !== 'anon');
  const [first] = signedIn;
  if (first === undefined) return undefined;
  return { table, column, parent, command, policy, way, ...first, access: signedIn.map(({ access }) => access) };
}

interface AskedOwner {
  readonly column: EntityId;
  readonly isUser: boolean;
}

/** The columns of the row that a condition ties to the caller, by the id or by what the caller belongs to. */
function ownersAsked(graph: SchemaGraph, condition: BoundExpression): readonly AskedOwner[] {
  return callerComparisons(graph, condition).flatMap(({ column, via, sources, isOwnValue }) => {
    if (!isOwnValue || via === 'otherTable') return [];
    const isId = via === 'value' && sources.every((each) => each === 'user');
    return [{ column, isUser: isId || (via === 'membership' && findsCallersKey(graph, condition)) }];
  });
}

/** `is_editor(items.*)`: it may ask for anything. */
function namesWholeRow({ tree, meanings }: BoundExpression): boolean {
  return anyNode(tree, (node) => meanings.get(innerOf(node))?.kind === 'row');
}

/** May the caller read a row whatever it refers to? An UPDATE that looks for rows asks it of the new one as well (docs, CREATE POLICY). */
function isSeenWithout(graph: SchemaGraph, table: Table, column: Column, access: ClientAccess): boolean {
  const isAsked = (each: BoundExpression) => columnsNamed(each).has(column.id) || namesWholeRow(each);
  const isRestricted = policiesFor(graph, table, 'select', access.role).some(
    ({ isPermissive, using }) => !isPermissive && using !== null && isAsked(using),
  );
  return (
    !isRestricted &&
    admittingPolicies(graph, table, 'select', access).some(
      ({ using }) => using !== null && waysOf(using)?.some((way) => !way.some(isAsked)) === true,
    )
  );
}

/** The columns of the parent of which each way to read its rows asks whether they are the caller's; ways that go through the rows that refer to it aside. */
function ownersOfParent(graph: SchemaGraph, key: ForeignKey, parent: Table, access: ClientAccess): readonly EntityId[] {
  const policies = admittingPolicies(graph, parent, 'select', access);
  let owners: readonly EntityId[] | undefined;
  for (const { using } of policies) {
    const ways = using === null ? undefined : waysOf(using);
    if (ways === undefined) return [];
    for (const way of ways) {
      if (isStanding(graph, way) || isThroughChildren(graph, key, way)) continue;
      const asked = way.flatMap((each) => ownersAsked(graph, each).map(({ column }) => column));
      owners = owners === undefined ? asked : owners.filter((each) => asked.includes(each));
    }
  }
  return owners ?? [];
}

/** `id in (select project_id from members where user_id = auth.uid())` */
function isThroughChildren(graph: SchemaGraph, { table, referencedColumns }: ForeignKey, way: Way): boolean {
  return way.some((each) =>
    callerComparisons(graph, each).some(
      ({ column, reads }) => referencedColumns.includes(column) && reads.includes(table),
    ),
  );
}

/**
 * Two users by name alone, as all of them are users. Not where the parent is its owner by another name: the organization itself, a profile. Those are meant
 * to be somebody else's.
 */
function isSameOwner(graph: SchemaGraph, key: ForeignKey, one: Column, other: Column, isUser: boolean): boolean {
  if (key.referencedColumns.includes(other.id) || isUniqueAlone(graph, other)) return false;
  const [own = [], theirs = []] = [one, other].map((each) =>
    graph
      .foreignKeysOf(each)
      .flatMap(({ columns, referencedTable }) => (columns.length === 1 ? [referencedTable] : [])),
  );
  const isKnown = own.length > 0 && theirs.length > 0;
  const isShared = own.some((each) => theirs.includes(each));
  return one.name === other.name ? isShared || !isKnown : isShared && !isUser;
}

/** The ways by which policies let a role do that with rows, of those that ask nothing of the owner: by what the rows refer to, say. */
export function waysBeside(
  graph: SchemaGraph,
  { table, owner }: UntiedParent,
  command: RowCommand,
  access: ClientAccess,
): readonly { readonly policy: Policy; readonly way: Way }[] {
  return admittingPolicies(graph, table, command, access).flatMap((policy) =>
    (policy.using === null ? [] : (waysOf(policy.using) ?? []))
      .filter((way) => !way.some((each) => columnsNamed(each).has(owner.id)))
      .map((way) => ({ policy, way })),
  );
}
