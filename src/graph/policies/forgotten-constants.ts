import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { ownColumns } from '../own-column.ts';
import { type OwnRowWrite, ownRowWrites } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { rowTests } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { statusLabels } from '../values/status-labels.ts';
import { mayBeRead } from './forgotten-conditions.ts';
import { conditionsOf, decidingClause } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** What a row is, which a new one has to say by a constant and a changed one may say as it likes. */
export interface ForgottenConstant {
  readonly column: Column;
  /** What a new row has to hold. */
  readonly values: readonly string[];
  /** The one policy by which clients add rows of their own. */
  readonly insert: Policy;
  readonly write: OwnRowWrite;
  readonly access: readonly ClientAccess[];
}

/**
 * Columns that say by whom or by what a row came: they stay what they were. One that says how far it has come (status, state) begins with a constant and is
 * meant to move, and a kind or type is often the owner's to choose.
 */
const SAYS_WHENCE: NamePatterns = [
  ...['source', '*_source', 'source_type', 'source_kind', 'origin', '*_origin', 'origin_type', 'provenance'],
  ...['created_via', 'added_via', 'issued_via', 'submitted_via', 'entered_via', 'created_by_type', 'created_by_role'],
  ...['issuer', 'issued_by_type', 'author_type', 'sender_type', 'sender_role', 'author_role', 'entry_source'],
  ...['!*_open_source', '!*_data_source', '!*_light_source', '!*_image_source', '!*_video_source'],
];

/**
 * `source = 'manual'`, asked by the one INSERT policy and not by the UPDATE policy that tie rows to the caller by the same column. None where something
 * else holds the column, and where it cannot hold anything else.
 */
export function forgottenConstant(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ForgottenConstant | undefined {
  if (policy.command !== 'update') return undefined;
  const [write, another] = ownRowWrites(graph, policy, clientRoles);
  if (write === undefined || another !== undefined) return undefined;
  const table = graph.get('table', policy.table);
  const insert = ownInsertOf(graph, table, write, clientRoles);
  if (insert === undefined) return undefined;
  const { using } = policy;
  for (const condition of conditionsOf(insert.check)) {
    const asked = constantAsked(graph, table.id, condition);
    if (asked === undefined || !write.leavesFree(asked.column)) continue;
    const { column, values } = asked;
    if (using !== null && ownColumns(using.tree, using).has(column.id)) continue;
    const access = write.access.filter(({ role }) => mayBeRead(graph, table, column, role));
    if (access.length === 0) continue;
    return { column, values, insert: insert.policy, write, access };
  }
  return undefined;
}

/** The one policy by which the same clients add rows of their own; whoever others let add rows (a shop for its customers) they ask who calls. */
function ownInsertOf(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  { access, tied }: OwnRowWrite,
  clientRoles: readonly string[],
): { readonly policy: Policy; readonly check: BoundExpression } | undefined {
  const all = new Set(access.flatMap(({ role }) => policiesFor(graph, table, 'insert', role)));
  const inserts = [...all].filter(({ isPermissive }) => isPermissive);
  const own = inserts.filter((each) =>
    ownRowWrites(graph, each, clientRoles).some(
      (write) => write.command === 'insert' && tied.every((column) => write.tied.includes(column)),
    ),
  );
  const [policy, another] = own;
  const check = policy?.command === 'insert' ? policy.check : null;
  if (policy === undefined || another !== undefined || check === null) return undefined;
  const isOthers = inserts.every((each) => {
    const clause = decidingClause(each, 'insert');
    return each === policy || (clause !== null && !isOpenToSignedIn(clause) && asksCaller(graph, clause.tree, clause));
  });
  return isOthers ? { policy, check } : undefined;
}

function constantAsked(
  graph: SchemaGraph,
  table: EntityId,
  condition: BoundExpression,
): Pick<ForgottenConstant, 'column' | 'values'> | undefined {
  const [test, more] = rowTests(condition);
  if (test === undefined || more !== undefined) return undefined;
  const { column: id, kind, constants: values, isBare } = test;
  if (!isBare || (kind !== 'equal' && kind !== 'in') || values.length === 0) return undefined;
  const column = graph.get('column', id);
  if (column.relation !== table || !isNamed(column.name, SAYS_WHENCE)) return undefined;
  return holdsNothingElse(graph, column, values) ? undefined : { column, values };
}

function holdsNothingElse(graph: SchemaGraph, column: Column, values: readonly string[]): boolean {
  const checked = graph
    .ownedBy(column.relation, 'checkConstraint')
    .filter(({ isEnforced }) => isEnforced)
    .flatMap(({ expression }) => rowTests(expression))
    .filter((each) => each.column === column.id && (each.kind === 'equal' || each.kind === 'in'))
    .map(({ constants }) => constants);
  return [statusLabels(graph, column), ...checked].some(
    (each) => each.length > 0 && each.every((one) => values.includes(one)),
  );
}
