import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { type OwnerRead, ownerReads } from '../privileges/owner-reads.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { shownColumns } from './shown-columns.ts';

type View = EntityOf<'view' | 'materializedView'>;

/** What a view shows of a table of Supabase Auth that nobody but its owner is to see. */
export interface AuthRows {
  readonly read: OwnerRead;
  /** In the table's order. */
  readonly columns: readonly EntityOf<'column'>[];
}

/** What tells of people or opens their accounts, by table; of auth.users everything does. */
const PRIVATE: ReadonlyMap<string, readonly string[] | 'all'> = new Map<string, readonly string[] | 'all'>([
  ['users', 'all'],
  ['identities', ['provider_id', 'identity_data', 'email']],
  ['sessions', ['user_agent', 'ip', 'refresh_token_hmac_key']],
  ['refresh_tokens', ['token', 'parent']],
  ['audit_log_entries', ['payload', 'ip_address']],
  ['mfa_factors', ['secret', 'phone']],
  ['mfa_challenges', ['ip_address', 'otp_code']],
  ['one_time_tokens', ['token_hash', 'relates_to']],
  ['flow_state', ['auth_code', 'provider_access_token', 'provider_refresh_token']],
]);

/** The first table of which the view shows such columns with an owner's rights: auth.users before the others. */
export function authRows(graph: SchemaGraph, view: View): AuthRows | undefined {
  const found = ownerReads(graph, view).flatMap((read): readonly AuthRows[] => {
    const known = isOfAuth(read.table) ? PRIVATE.get(read.table.name.name) : undefined;
    if (known === undefined) return [];
    const columns = shownColumns(graph, read).filter(({ name }) => known === 'all' || known.includes(name));
    return columns.length === 0 ? [] : [{ read, columns }];
  });
  return found.find(({ read }) => isUsers(read.table)) ?? found[0];
}

/**
 * Does the view show nothing of auth.users but the caller's own id (`select u.id … from auth.users u where u.id = auth.uid()`)? Whoever asks knows that, and
 * nobody who is not signed in gets a row.
 */
export function isOwnIdAlone(graph: SchemaGraph, { read, columns }: AuthRows): boolean {
  const [view, another] = read.through;
  if (view?.kind !== 'view' || another !== undefined || !isUsers(read.table)) return false;
  if (!columns.every(({ name }) => name === 'id')) return false;
  const { whereClause, op } = fieldsOf(view.query.tree, 'SelectStmt') ?? {};
  const uses = view.query.references.filter(({ kind, target }) => kind === 'relation' && target === read.table.id);
  if ((op !== undefined && op !== 'SETOP_NONE') || uses.length !== 1) return false;
  return conjuncts(whereClause).some((each) =>
    equalSides(each).some(([own, other]) => {
      const column = columnMeaning(own, view.query)?.column;
      const isComputed = anyNode(other, (_, tag) => tag === 'ColumnRef' || tag === 'RangeVar');
      return columns.some(({ id }) => id === column) && !isComputed && asksCaller(graph, other, view.query);
    }),
  );
}

function isUsers({ name }: EntityOf<'table'>): boolean {
  return name.name === 'users';
}

/** Is it a table of Supabase Auth of which the view shows nothing but how many rows there are? */
export function isOnlyCounted(graph: SchemaGraph, read: OwnerRead): boolean {
  return isOfAuth(read.table) && shownColumns(graph, read).length === 0;
}

function isOfAuth({ name, origin }: EntityOf<'table'>): boolean {
  return name.schema === 'auth' && origin.from === 'platform';
}
