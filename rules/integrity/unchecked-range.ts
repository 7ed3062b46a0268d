import {
  addedChecks,
  andList,
  brief,
  COLUMN_NAMES,
  type ColumnRole,
  columnsJudgedByTriggers,
  defineRule,
  domainsOf,
  type EntityOf,
  type Fix,
  hasRole,
  isKeyToOther,
  isNamed,
  type NamePatterns,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  standingTable,
  valueChecks,
  writtenColumns,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

const COUNTS: NamePatterns = COLUMN_NAMES.count;
const PERCENTAGES: NamePatterns = COLUMN_NAMES.percent;
const PRICES: NamePatterns = [
  ...['*_price', 'price_*', '*_cost', '*_fee', '*_salary', '*_wage', '!*_id', '!*_type', '!*_at', '!*_code'],
  ...['!*_change_*', '!*_change', '!*_delta', '!*_difference', '!*_diff', '!*_adjustment', '!*_modifier'],
  ...['!*_currency', '!*_fees', '!*_check_*', '!*_index', '!*_level', '!*_range', '!*_variance', '!*_impact'],
];
const DURATIONS: NamePatterns = [
  ...COLUMN_NAMES.duration,
  ...['!*_remaining_*', '!*_remaining', '!*_until_*', '!*_overdue_*', '!*_left', '!*_late_*', '!*_before_*'],
  ...['!*_change', '!*_delta', '!*_difference', '!*_drift_*', '!*_variance_*', '!*_variance'],
];
const QUANTITIES: NamePatterns = [
  ...COLUMN_NAMES.quantity,
  ...['!*_change_*', '!*_change', '!*_delta', '!*_difference', '!*_adjustment', '!*_variance'],
];
const SIGNED_TABLES: NamePatterns = [
  ...['*_movement_*', '*_adjustment_*', '*_ledger_*', '*_transaction_*', '*_correction_*', '*_refund_*'],
  ...['*_return_*', '*_delta_*', '*_change_*', '*_reversal_*', '*_adjusted_*'],
];

export default defineRule({
  meta: {
    id: 'unchecked-range',
    category: 'integrity',
    severity: 'low',
    confidence: 'likely',
    summary: 'Counts, prices, durations, quantities or percentages may be negative.',
    why: 'A negative price or count is the trace of a mistake elsewhere, and where it is stored without complaint the mistake shows up in sums and invoices instead of in the writer that made it.',
    remedy: 'CHECK (c >= 0), with an upper bound where there is one.',
    scope: [
      'Amounts, balances and differences, which have a sign, are not meant, nor are tables of movements, adjustments and ledger entries; a CHECK, domain or trigger of any kind on the column is taken as the range that was meant.',
    ],
    messages: {
      one: '{{columns}} of {{table}} takes negative numbers: no CHECK says its range.',
      several: '{{columns}} of {{table}} take negative numbers: no CHECK says their range.',
    },
    restsOn: ['columns', 'constraints', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS'],
    optionDocs: {
      counts: 'Names of counts.',
      percentages: 'Names of percentages and ratios.',
      prices: 'Names of prices; amounts and balances may be negative.',
      durations: 'Names of lengths of time.',
      quantities: 'Names of quantities.',
      signedTables: 'Tables whose numbers have a sign: quantities and prices there are not looked at.',
    },
  },
  defaults: {
    counts: COUNTS,
    percentages: PERCENTAGES,
    prices: PRICES,
    durations: DURATIONS,
    quantities: QUANTITIES,
    signedTables: SIGNED_TABLES,
  },
  visit: {
    table({ id }, { graph, options, report }) {
      const table = standingTable(graph, id);
      if (table === undefined) return;
      const lists: readonly (readonly [ColumnRole, NamePatterns])[] = [
        ['count', options.counts],
        ['percent', options.percentages],
        ['money', options.prices],
        ['duration', options.durations],
        ['quantity', options.quantities],
      ];
      const isSigned = isNamed(table.name.name, options.signedTables);
      const roleOf = (column: Column) =>
        lists.find(
          ([role, names]) =>
            hasRole(graph, column, role, names) && !(isSigned && (role === 'quantity' || role === 'money')),
        )?.[0];
      const columns = writtenColumns(graph, table).flatMap((column) => {
        const role = roleOf(column);
        return role === undefined || isLimited(graph, column) ? [] : [{ column, role }];
      });
      const [first] = columns;
      if (first === undefined) return;
      const about = { entity: table, origin: first.column.origin, fix: () => fixFor(graph, table, columns) };
      const names = columns.map(({ column }) => quoteIdentifier(column.name));
      const data = { table: brief(table.name), columns: andList(names, 6) };
      if (columns.length === 1) report({ ...about, message: 'one', data });
      else report({ ...about, message: 'several', data });
    },
  },
});

function isLimited(graph: SchemaGraph, column: Column): boolean {
  return (
    column.identity !== null ||
    isKeyToOther(graph, column) ||
    valueChecks(graph, column).length > 0 ||
    domainsOf(graph, column.type).length > 0 ||
    columnsJudgedByTriggers(graph, column.relation).has(column.id)
  );
}

const OF_A_HUNDRED: NamePatterns = ['*_percent', 'percent_*', '*_percentage', 'percentage_*', '*_pct', 'pct_*'];

function fixFor(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  columns: readonly { readonly column: Column; readonly role: ColumnRole }[],
): Fix {
  return {
    title: 'Check the ranges (fails while a row is outside; add the upper bounds you know)',
    safety: 'review',
    sql: addedChecks(
      graph,
      table,
      columns.map(({ column: { name }, role }) => {
        const isPercent = role === 'percent' && isNamed(name, OF_A_HUNDRED);
        return {
          name: `${name}_in_range`,
          condition: raw(isPercent ? sql`${name} between 0 and 100` : sql`${name} >= 0`),
        };
      }),
    ),
  };
}
