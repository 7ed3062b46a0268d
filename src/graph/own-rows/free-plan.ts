import type { EntityOf } from '../entities/index.ts';
import { singularOf } from '../lexicon/noun.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { TABLE_NAMES } from '../lexicon/table-names.ts';
import { wordsOf } from '../lexicon/words.ts';
import { rowsProvisionedBy } from '../policies/provisioning-triggers.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isMoment } from '../types/type-class.ts';
import { statusLabels } from '../values/status-labels.ts';
import type { OwnRowWrite } from './own-row-writes.ts';

type Column = EntityOf<'column'>;

/** What a user may write of what he has paid for, in a row that says what he has. */
export interface FreePlan {
  readonly plan: Column;
  /** The one that is named and costs most; none where it is a row of another table. */
  readonly value: string | undefined;
  /** The one that is named and costs nothing. */
  readonly free: string | undefined;
  /** With how it stands and how long it lasts, where that is left to the user too. */
  readonly columns: readonly Column[];
}

const PLANS: NamePatterns = ['*_plan', '*_tier', '*_package', '*_plan_id', '*_tier_id', '*_package_id', '*_plan_type'];
/** What each house calls what it sells; who keeps a list of what he himself pays for has other words. */
const PAID = [
  /^(?:enterprise|unlimited|lifetime)$/i,
  /^(?:business|platinum|premium|vip|gold)$/i,
  /^(?:pro|plus|paid)$/i,
];
const FREE = /^(?:free|none)$/i;
const SOLD: ReadonlySet<string> = new Set(['plan', 'tier', 'package', 'product']);
const RUNNING = /^(?:active|paid)$/i;
const STATUS: NamePatterns = ['status', 'state', '*_status'];
const ENDS: NamePatterns = [
  'expires_at',
  'expiry_*',
  'expires_on',
  'ends_at',
  'end_date',
  'valid_until',
  'current_period_end',
];

/**
 * In a table that is named after what is paid for, whose rows say which plan by a list of values or a key: is the choice left to the user, and nothing about
 * how it stands asked? Not of the one row that a trigger makes for each user.
 */
export function freePlan(graph: SchemaGraph, table: EntityOf<'table'>, write: OwnRowWrite): FreePlan | undefined {
  if (!isNamed(table.name.name, TABLE_NAMES.paidFor)) return undefined;
  if (write.command === 'insert' && rowsProvisionedBy(graph, table.id).some(({ key }) => write.tied.includes(key)))
    return undefined;
  const columns = graph.columns(table.id);
  const statuses = columns.filter(
    (each) => isNamed(each.name, STATUS) && statusLabels(graph, each).some((label) => RUNNING.test(label)),
  );
  const ends = columns.filter((each) => isNamed(each.name, ENDS) && isMoment(graph, each.type));
  if (!statuses.every((each) => write.leavesFree(each))) return undefined;
  for (const plan of columns.filter((each) => isNamed(each.name, PLANS) && write.leavesFree(each))) {
    const labels = statusLabels(graph, plan);
    const [value] = PAID.flatMap((paid) => labels.filter((each) => paid.test(each)));
    if (value === undefined && !isOfSold(graph, plan)) continue;
    const free = labels.find((label) => FREE.test(label));
    return {
      plan,
      value,
      free,
      columns: [plan, ...statuses, ...ends.filter((each) => write.leavesFree(each)).slice(0, 1)],
    };
  }
  return undefined;
}

/** Where a column is one of a list, starts with what is for nothing and another is sold, and one beside it says for how long, both: tier and tier_expires_at. */
export function timedPlan(graph: SchemaGraph, column: Column): readonly Column[] {
  const labels = statusLabels(graph, column);
  const start = column.default === null ? null : constantText(column.default.tree);
  const isSold = labels.some((each) => PAID.some((paid) => paid.test(each.split('_').at(-1) ?? '')));
  if (start === null || !FREE.test(start) || !isSold) return [];
  const prefix = `${column.name}_`;
  const end = graph
    .columns(column.relation)
    .find(
      ({ name, type }) => name.startsWith(prefix) && isNamed(name.slice(prefix.length), ENDS) && isMoment(graph, type),
    );
  return end === undefined ? [] : [column, end];
}

/** Does it refer to a table of plans? */
function isOfSold(graph: SchemaGraph, column: Column): boolean {
  return graph.foreignKeysOf(column).some(({ referencedTable }) => {
    const target = graph.find(referencedTable);
    const last = target?.kind === 'table' ? wordsOf(target.name.name).at(-1) : undefined;
    return last !== undefined && SOLD.has(singularOf(last));
  });
}
