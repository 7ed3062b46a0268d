import type { EntityOf } from '../entities/index.ts';
import { isNamed } from '../lexicon/pattern.ts';
import { SALE_NAMES } from '../lexicon/sale-names.ts';
import { wordsOf } from '../lexicon/words.ts';
import { rowTests, writesTo } from '../query-shapes/schema-queries.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type CustomerWrite, customerWrites } from './customer-writes.ts';
import { isLeftTo } from './own-row-writes.ts';
import { isAmount, type PriceList, priceLists } from './price-lists.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** What customers are to pay, as they write it themselves. */
export interface ClientSetPrice {
  /** The policies by which they add such rows; at least one. */
  readonly writes: readonly CustomerWrite[];
  readonly column: Column;
  /** The other amounts of the row that are theirs to choose. */
  readonly others: readonly Column[];
  /** From where it should come: the prices of what the row names, or the amounts of the rows that belong to it. */
  readonly from: readonly PriceList[] | Column;
  /** The policies by which they change it afterwards. */
  readonly changes: readonly CustomerWrite[];
}

/**
 * Where a customer's row of a sale holds an amount and names what is sold, which has a price of its own, or has rows that do. Undefined where anything
 * keeps or sets the amount: a condition, a CHECK that is more than a range, a key, a grant, a trigger, or a function that changes it.
 */
export function clientSetPrice(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): ClientSetPrice | undefined {
  if (!isNamed(table.name.name, SALE_NAMES.sales)) return undefined;
  const amounts = amountsOf(graph, table).filter((each) => !isSettled(graph, each));
  const added = amounts.length === 0 ? [] : customerWrites(graph, table, 'insert', clientRoles);
  for (const first of added) {
    const free = amounts.filter((each) => first.leavesFree(each) && !isChecked(graph, table, each, first));
    const from = free.length === 0 ? undefined : sourceOf(graph, table, first);
    const [column, ...others] = from === undefined ? [] : byNearest(free, from);
    if (from === undefined || column === undefined) continue;
    const writes = added.filter((each) => each.leavesFree(column));
    const changes = customerWrites(graph, table, 'update', clientRoles).filter((each) => each.leavesFree(column));
    return { writes: [first, ...writes.filter((each) => each !== first)], column, others, from, changes };
  }
  return undefined;
}

function amountsOf(graph: SchemaGraph, table: Table): readonly Column[] {
  return graph.columns(table.id).filter((each) => isNamed(each.name, SALE_NAMES.amount) && isAmount(graph, each));
}

function sourceOf(graph: SchemaGraph, table: Table, write: CustomerWrite): ClientSetPrice['from'] | undefined {
  const lists = priceLists(graph, table, write);
  if (lists.length > 0) return lists;
  for (const { table: id, columns } of graph.referencedBy(table.id)) {
    const items = graph.find(id);
    if (items?.kind !== 'table' || items === table || columns.length > 1) continue;
    const [amount] = amountsOf(graph, items);
    if (amount === undefined || !isNamed(items.name.name, SALE_NAMES.sales)) continue;
    if (priceLists(graph, items, write).length > 0) return amount;
  }
  return undefined;
}

/** What is called like the price first, then what one piece costs. A fee comes from a fee of the same name alone. */
function byNearest(free: readonly Column[], from: ClientSetPrice['from']): readonly Column[] {
  const names = 'name' in from ? [] : from.flatMap(({ prices }) => prices.map(({ name }) => name));
  const rank = ({ name }: Column) => (names.includes(name) ? 0 : /price/i.test(name) && !/total/i.test(name) ? 1 : 2);
  return free
    .filter(({ name }) => names.includes(name) || !wordsOf(name).includes('fee'))
    .sort((a, b) => rank(a) - rank(b));
}

/** Does a key say what it may be, or does a function or rule of the schema put it right afterwards? */
function isSettled(graph: SchemaGraph, column: Column): boolean {
  if (graph.foreignKeysOf(column).length > 0) return true;
  return writesTo(graph, column.relation).some(({ write }) =>
    [...(write.kind === 'update' ? write.sets : []), ...(write.onConflict?.sets ?? [])].some(
      (each) => each.column === column.id,
    ),
  );
}

/** A CHECK that asks a function, that lists what it may be, or that ties it to what the customer does not choose. */
function isChecked(graph: SchemaGraph, table: Table, column: Column, write: CustomerWrite): boolean {
  return graph.ownedBy(table.id, 'checkConstraint').some(({ expression, isEnforced }) => {
    const named = [...new Set(expression.references.map(({ target }) => target))];
    if (!isEnforced || !named.includes(column.id)) return false;
    if (callsUsersFunction(graph, expression)) return true;
    const tests = rowTests(expression).filter((each) => each.column === column.id && each.constants.length > 0);
    if (tests.some(({ kind }) => kind === 'equal' || kind === 'in')) return true;
    return named.some((id) => {
      const other = graph.find(id);
      if (other?.kind !== 'column' || other.id === column.id) return false;
      return other.generated !== null || !write.access.some((each) => isLeftTo(graph, table, other, 'insert', each));
    });
  });
}
