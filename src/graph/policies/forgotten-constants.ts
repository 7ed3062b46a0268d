import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { ownColumns } from '../own-column.ts';
import { type OwnRowWrite, ownRowWrites } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { testsIn } from '../query-shapes/column-tests.ts';
import { rowTests } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { statusLabels } from '../values/status-labels.ts';
import { partOf } from './alternatives.ts';
import { mayBeRead, onlyInsertOf } from './forgotten-conditions.ts';
import { conditionsOf } from './policy-clauses.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** What a row is, which a new one has to say by a constant and a changed one may say as it likes. */
export interface ForgottenConstant {
  readonly column: Column;
  /** What a new row has to hold. */
  readonly values: readonly string[];
  /** The one policy for INSERT, and what it asks of the column. */
  readonly insert: Policy;
  readonly condition: BoundExpression;
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
 * `source = 'manual'`, asked by the only INSERT policy and not by the only UPDATE policy, which ties rows to the caller by the same column. None where something
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
  const insert = onlyInsertOf(graph, policy, write.access);
  if (insert === undefined) return undefined;
  const tied = new Set(
    callerComparisons(graph, insert.check).flatMap((each) => (each.via === 'value' ? each.column : [])),
  );
  if (!write.tied.every((each) => tied.has(each))) return undefined;
  const table = graph.get('table', policy.table);
  const { using } = policy;
  for (const condition of conditionsOf(insert.check)) {
    const asked = constantAsked(graph, table.id, condition);
    if (asked === undefined || !write.leavesFree(asked.column)) continue;
    const { column, values } = asked;
    if (using !== null && ownColumns(using.tree, using).has(column.id)) continue;
    const access = write.access.filter(({ role }) => mayBeRead(graph, table, column, role));
    if (access.length === 0) continue;
    return { column, values, insert: insert.policy, condition: partOf(insert.check, condition.tree), write, access };
  }
  return undefined;
}

function constantAsked(
  graph: SchemaGraph,
  table: EntityId,
  condition: BoundExpression,
): Pick<ForgottenConstant, 'column' | 'values'> | undefined {
  const [placed, more] = testsIn(condition.tree, condition);
  if (placed === undefined || more !== undefined) return undefined;
  const { column: id, kind, constants: values, isBare } = placed.test;
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
