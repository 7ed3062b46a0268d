import {
  andList,
  brief,
  type ClientSetPrice,
  clientSetPrice,
  clientsOf,
  columnsWithRole,
  defineRule,
  type EntityOf,
  type Fix,
  failsToday,
  isFreeForFunction,
  isNamed,
  type NamePatterns,
  namesOfColumns,
  orList,
  quoteIdentifier,
  raw,
  relatedAt,
  type SchemaGraph,
  sameType,
  sql,
  typeClass,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'client-set-price',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'Customers write down themselves what they are to pay.',
    why: 'The app copies the price of the product into the order, but the request that adds the row comes from the customer’s browser, and the API takes any number in it. A policy such as user_id = auth.uid() says whose order it is, not what it costs, so that a request sent by hand buys for 0.01 what costs 500.',
    remedy:
      'Let a BEFORE INSERT trigger copy the price from what the row refers to (or add up the items), or let clients add such rows only through a function that does, and take INSERT on the table or on the column from them.',
    scope: [
      'Reported where a table named for what is bought (orders, order_items, bookings, tickets, enrollments, purchases …) has an amount that the customer’s own policy for INSERT leaves free, and a key to rows with a price of their own that are shown to everybody and not the customer’s to change; or items that have such a key, and nothing sets the total from them.',
      'Not reported: amounts that a policy, a CHECK against another column, a grant, a trigger or a function that updates the column keeps or sets, what only members of a team or a role add, rows that name the caller as the seller, and what the customer is to say himself: bids, offers, tips, donations.',
    ],
    messages: {
      copied:
        'By the policy {{policy}} {{clients}} may add {{table}} rows with any {{column}}, and nothing holds that to {{prices}}, which the row refers to by {{keys}}: whoever sends the request by hand writes {{least}} there, and has it at that price.{{others}}{{changed}}{{today}}',
      summed:
        'By the policy {{policy}} {{clients}} may add {{table}} rows with any {{column}}, and nothing makes it from {{items}} of the rows that belong to them: whoever sends the request by hand writes {{least}} there, and has it all at that price.{{others}}{{changed}}{{today}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns', 'constraints'],
    references: [
      'https://www.postgresql.org/docs/current/sql-createtrigger.html',
      'https://supabase.com/docs/guides/database/postgres/column-level-security',
    ],
  },
  visit: {
    table(table, { graph, settings, report }) {
      const found = clientSetPrice(graph, table, settings.clientRoles);
      const first = found?.writes[0];
      if (found === undefined || first === undefined) return;
      const { column, others, from, writes, changes } = found;
      const { policy, access } = first;
      const added = access.map((each) => ({ ...each, commands: ['insert'] as const }));
      const today = failsToday(graph, table, added, settings.clientRoles);
      const changing = [...new Set(changes.map((each) => each.policy))];
      const data = {
        policy: quoteIdentifier(policy.name),
        clients: clientsOf(access),
        table: brief(table.name),
        column: quoteIdentifier(column.name),
        least: typeClass(graph, column.type) === 'integer' ? '1' : '0.01',
        others: others.length === 0 ? '' : ` ${namesOfColumns(others)} they choose as well.`,
        changed: changedText(policy, changing),
        today,
      };
      const beside = [...new Set(writes.map((each) => each.policy))].filter((each) => each !== policy);
      const shared = {
        entity: policy,
        severity: today === '' ? 'high' : 'medium',
        related: beside.flatMap((each) => relatedAt(each, `so does ${quoteIdentifier(each.name)}`)),
      } as const;
      if ('name' in from) {
        report({ ...shared, message: 'summed', data: { ...data, items: spelled(graph, from) } });
        return;
      }
      const prices = from.flatMap((each) => each.prices.map((price) => spelled(graph, price)));
      report({
        ...shared,
        message: 'copied',
        data: { ...data, prices: orList(prices, 2), keys: orList(from.map(({ key }) => quoteIdentifier(key.name))) },
        fix: () => copiedByTrigger(graph, table, found),
      });
    },
  },
});

function spelled(graph: SchemaGraph, { name, relation }: Column): string {
  return `${brief(graph.get('table', relation).name)}.${quoteIdentifier(name)}`;
}

function changedText(told: EntityOf<'policy'>, changing: readonly EntityOf<'policy'>[]): string {
  if (changing.length === 0) return '';
  if (changing.includes(told)) return ' They may change it afterwards, too.';
  const names = andList(
    changing.map(({ name }) => quoteIdentifier(name)),
    2,
  );
  return ` By ${names} they may change it afterwards, too.`;
}

/** Only where the one amount of the row surely is the one price of what it names: the same name, or the price of one piece. */
function copiedByTrigger(
  graph: SchemaGraph,
  table: Table,
  { column, others, from, changes }: ClientSetPrice,
): Fix | undefined {
  if ('name' in from || others.length > 0) return undefined;
  const [list, another] = from;
  const [price, more] = list?.prices ?? [];
  if (list === undefined || price === undefined || another !== undefined || more !== undefined) return undefined;
  if (!list.key.notNull || !isSamePrice(graph, column, price)) return undefined;
  const [id] = graph.foreignKeysOf(list.key).flatMap(({ referencedColumns }) => referencedColumns);
  const called = { ...table.name, name: `set_${table.name.name}_${column.name}` };
  if (id === undefined || !isFreeForFunction(graph, called)) return undefined;
  const events = changes.length === 0 ? 'insert' : sql`insert or update of ${list.key.name}, ${column.name}`;
  return {
    title: 'Copy the price in a trigger',
    safety: 'review',
    sql: sql`create function ${called}()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  new.${column.name} := (
    select sold.${price.name} from ${list.table.name} as sold where sold.${graph.get('column', id).name} = new.${list.key.name}
  );
  return new;
end;
$$;
revoke execute on function ${called}() from public;
create trigger ${called.name} before ${raw(events)} on ${table.name}
  for each row execute function ${called}();`,
  };
}

/** How long it is for, or how many: the price may be that of one hour or of one guest. */
const SEVERAL: NamePatterns = [
  ...['*_end_*', '*_ends_*', '*_until', '*_check_out_*', '*_checkout_*', '*_night', '*_day', '*_hour', '*_minute'],
  ...['*_duration_*', '*_guest', '*_guest_count', '*_people', '*_person', '*_count', '*_number_of_*', '*_party_*'],
];

function isSamePrice(graph: SchemaGraph, column: Column, price: Column): boolean {
  if (column.type === null || price.type === null || !sameType(column.type, price.type)) return false;
  const isOfPiece = /^(?:unit|item)_price|^price_(?:each|at_)/.test(column.name);
  const isOne =
    columnsWithRole(graph, column.relation, 'quantity').length === 0 &&
    !graph.columns(column.relation).some(({ name }) => isNamed(name, SEVERAL));
  if (/cents/.test(column.name) !== /cents/.test(price.name)) return false;
  if (column.name === price.name) return isOne || isOfPiece;
  return isOfPiece && /^(?:unit_)?price(?:_cents|_in_cents)?$/.test(price.name);
}
