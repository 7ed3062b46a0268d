import type { EntityOf } from '../entities/index.ts';
import { isNamed } from '../lexicon/pattern.ts';
import { SALE_NAMES } from '../lexicon/sale-names.ts';
import { admitsWhoever } from '../policies/callerless-writes.ts';
import { ownersIn } from '../policies/parent-writes.ts';
import { admittingPolicies } from '../policies/policy-audience.ts';
import { decidingClause, waysOf } from '../policies/policy-clauses.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNumeric } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import type { CustomerWrite } from './customer-writes.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** What is sold, with what it costs, and the key of a sale's row to it. */
export interface PriceList {
  readonly table: Table;
  readonly key: Column;
  readonly prices: readonly Column[];
}

/**
 * The tables of prices that rows of a sale refer to: shown to whoever buys, whosever they are, and not theirs to change. Not one whose rows belong to its
 * users by a column that the row of the sale has too: who sells there may be who writes down the sale.
 */
export function priceLists(graph: SchemaGraph, table: Table, { access, owners }: CustomerWrite): readonly PriceList[] {
  return graph.ownedBy(table.id, 'foreignKey').flatMap((each): readonly PriceList[] => {
    const [column, another] = each.columns;
    const list = graph.find(each.referencedTable);
    if (column === undefined || another !== undefined || list?.kind !== 'table' || list === table) return [];
    if (!isUsersOwn(graph, list) || isNamed(list.name.name, SALE_NAMES.sales)) return [];
    if (owners.some(({ id }) => id === column)) return [];
    const prices = graph
      .columns(list.id)
      .filter((one) => isNamed(one.name, SALE_NAMES.listPrice) && isAmount(graph, one));
    if (prices.length === 0 || !graph.isKnown(list, 'rowSecurity') || !list.rowSecurity) return [];
    const sellers = new Set(sellersOf(graph, list, access));
    const isShown = access.some((one) => admitsWhoever(graph, list, 'select', one));
    const isTheirs = access.some((one) => prices.some((price) => mayChange(graph, list, price, one)));
    if (!isShown || isTheirs || owners.some(({ name }) => sellers.has(name))) return [];
    return [{ table: list, key: graph.get('column', column), prices }];
  });
}

/** May it hold an amount of money? */
export function isAmount(graph: SchemaGraph, { type }: Column): boolean {
  return isNumeric(graph, type);
}

function mayChange(graph: SchemaGraph, list: Table, price: Column, access: ClientAccess): boolean {
  return mayColumn(graph, access.role, price, 'w') && admitsWhoever(graph, list, 'update', access);
}

/** By what the price lists are somebody's, who may change them. */
function sellersOf(graph: SchemaGraph, list: Table, access: readonly ClientAccess[]): readonly string[] {
  return access
    .flatMap((each) => admittingPolicies(graph, list, 'update', each))
    .flatMap((each) => {
      const clause = decidingClause(each, 'update');
      return clause === null ? [] : (waysOf(clause) ?? []).flat();
    })
    .flatMap((part) => ownersIn(graph, part))
    .map((id) => graph.get('column', id))
    .filter(({ relation }) => relation === list.id)
    .map(({ name }) => name);
}
