import { readOnce } from '../asked-once.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { Change, Statement } from '../journal.ts';
import { ownColumns } from '../own-column.ts';
import { isOpenFor } from '../policies/policy-audience.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;
type Former = Extract<Change, { readonly type: 'created' | 'altered' | 'dropped' }>;

/** A policy by which reading asked for something, until a later file opened the table. */
export interface ClosedBefore {
  /** As it was. */
  readonly policy: Policy;
  /** The columns of the table that it compared with the caller; where it did not, those that it looked at. */
  readonly columns: readonly Column[];
  readonly asksCaller: boolean;
  /** A statement of the file with which that ended. */
  readonly by: Statement;
}

/**
 * What a former policy for reading asked for, where a file put one that is always true in its place. What stands between two files counts, not what a file
 * does on its way; and what the former policy looked at has to be there still.
 * @param access whom a policy lets read every row now
 */
export function closedBefore(
  graph: SchemaGraph,
  journal: readonly Change[],
  table: EntityOf<'table'>,
  access: readonly ClientAccess[],
  clientRoles: readonly string[],
): ClosedBefore | undefined {
  const clients = new Set(clientRoles.flatMap((name) => graph.global('role', name)?.id ?? []));
  const changes = changesByTable(journal).get(table.id) ?? [];
  const standing = new Map<EntityId, Policy>();
  let isSecured = false;
  let closing: readonly Policy[] = [];
  let by: Statement | undefined;
  changes.forEach((change, at) => {
    if (change.type === 'dropped') standing.delete(change.before.id);
    else if (change.after.kind === 'policy') standing.set(change.after.id, change.after);
    else if (change.after.kind === 'table') isSecured = change.after.rowSecurity;
    if (changes[at + 1]?.by.migration === change.by.migration) return;
    const asking = isSecured ? askingOf([...standing.values()]) : [];
    if (asking.length > 0) {
      closing = asking;
      by = undefined;
    } else by ??= change.by;
  });
  if (by === undefined) return undefined;
  const found = closing
    .filter(({ id, using }) => standing.get(id)?.using?.text !== using?.text)
    .flatMap((policy) => lookedAt(graph, policy) ?? []);
  const former = found.find(({ asksCaller }) => asksCaller) ?? found[0];
  return former && { ...former, by };

  /** None where one of them is open to those who read every row now. */
  function askingOf(policies: readonly Policy[]): readonly Policy[] {
    const reading = policies.filter(({ command, isPermissive, using }) => {
      return isPermissive && using !== null && (command === 'select' || command === 'all');
    });
    const isOpen = reading.some((each) => {
      return access.some(({ name, role }) => isFor(each, role) && isOpenFor(graph, each, 'select', name));
    });
    return isOpen ? [] : reading.filter(({ roles }) => roles.some((each) => each === 'public' || clients.has(each)));
  }
}

function isFor({ roles }: Policy, role: ClientAccess['role']): boolean {
  return roles.some((each) => each === 'public' || each === role);
}

/** Undefined where it looked at nothing of the row, or at what is gone. */
function lookedAt(
  graph: SchemaGraph,
  policy: Policy,
): Pick<ClosedBefore, 'policy' | 'columns' | 'asksCaller'> | undefined {
  const { using } = policy;
  if (using === null) return undefined;
  const compared = callerComparisons(graph, using).filter(({ via }) => via !== 'otherTable');
  const asksCaller = compared.length > 0;
  const ids = new Set(asksCaller ? compared.map(({ column }) => column) : ownColumns(using.tree, using));
  const columns = [...ids].flatMap((id) => {
    const found = graph.find(id);
    return found?.kind === 'column' && found.relation === policy.table ? [found] : [];
  });
  return columns.length === 0 || columns.length < ids.size ? undefined : { policy, columns, asksCaller };
}

/** What was done to the policies of a table, and to its row security. */
const changesByTable = readOnce((journal: readonly Change[]): ReadonlyMap<EntityId, readonly Former[]> => {
  const byTable = new Map<EntityId, Former[]>();
  for (const change of journal) {
    if (change.type !== 'created' && change.type !== 'altered' && change.type !== 'dropped') continue;
    const about = change.type === 'dropped' ? change.before : change.after;
    if (about.kind === 'policy') addTo(byTable, about.table, change);
    else if (about.kind === 'table' && change.type !== 'dropped' && isOfRowSecurity(change))
      addTo(byTable, about.id, change);
  }
  return byTable;
});

function isOfRowSecurity(change: Exclude<Former, { readonly type: 'dropped' }>): boolean {
  if (change.after.kind !== 'table') return false;
  const { rowSecurity } = change.after;
  if (change.type === 'created') return rowSecurity;
  return change.before.kind === 'table' && change.before.rowSecurity !== rowSecurity;
}
