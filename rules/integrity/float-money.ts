import {
  andList,
  brief,
  COLUMN_NAMES,
  defineRule,
  type EntityOf,
  type Fix,
  hasRole,
  isNamed,
  isReturnedAsItIs,
  type NamePatterns,
  originalOf,
  quoteIdentifier,
  relatedAt,
  returnedAsTheyAre,
  type SchemaGraph,
  sql,
  typeChange,
  typeClass,
  typeText,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** Of parts of a cent there are some only in what is metered (tokens, seconds), and nobody expects their sum to be exact. */
const CENTS: NamePatterns = ['*_cents', '*_cent'];

export default defineRule({
  meta: {
    id: 'float-money',
    category: 'integrity',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'Money is kept in a binary floating-point column.',
    why: 'Columns of type real and double precision hold 0.10 only nearly: sums drift by cents with the order of the rows, and a comparison of a total with its parts fails. A real keeps six digits in all, so that 1234567.89 becomes 1234568.',
    remedy:
      'Make it numeric, or an integer of the smallest unit. What is only estimated and never added up may stay as it is.',
    scope: [
      'Medium where all of it is cents, whose parts are mostly metered use; a copy of a table (events_partitioned beside events) is not reported beside it.',
    ],
    messages: {
      float: '{{table}} keeps money in {{columns}} as {{type}}: 0.10 + 0.20 is not 0.30 there, and sums drift.',
    },
    restsOn: ['columns'],
    references: ['https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT'],
    optionDocs: { names: 'Names of columns that hold money, by whole words.' },
  },
  defaults: { names: COLUMN_NAMES.money },
  visit: {
    table(table, { graph, options, report }) {
      if (!isAsked(table)) return;
      const moneyOf = ({ id }: Table) =>
        graph.columns(id).filter((each) => isFloat(each, graph) && hasRole(graph, each, 'money', options.names));
      const columns = moneyOf(table);
      const [first, ...others] = columns;
      if (first === undefined) return;
      const original = originalOf(graph, table);
      if (original !== undefined && isAsked(original) && moneyOf(original).length >= columns.length) return;
      // They are mended together.
      const copies = graph
        .ofKind('table')
        .filter((each) => isAsked(each) && moneyOf(each).length > 0 && originalOf(graph, each)?.id === table.id)
        .filter((each) => moneyOf(each).length <= columns.length);
      const data = {
        table: brief(table.name),
        columns: andList(columns.map((each) => quoteIdentifier(each.name))),
        type: typesOf(columns),
      };
      const alike = [
        ...others.flatMap((each) => relatedAt(each, `${quoteIdentifier(each.name)} too`)),
        ...copies.flatMap((each) => relatedAt(each, `and so its copy ${brief(each.name)}`)),
      ];
      const all = [table, ...copies].flatMap(moneyOf);
      report({
        entity: table,
        origin: first.origin,
        message: 'float',
        data,
        related: [...alike, ...returnedAsTheyAre(graph, all)],
        ...(columns.every(({ name }) => isNamed(name, CENTS)) ? { severity: 'medium' } : {}),
        fix: () =>
          fixFor(
            [table, ...copies].map((each) => ({ table: each, columns: moneyOf(each) })),
            graph,
          ),
      });
    },
  },
});

function isFloat(column: Column, graph: SchemaGraph): boolean {
  return !column.isInherited && column.generated === null && typeClass(graph, column.type) === 'float';
}

function typesOf(columns: readonly Column[]): string {
  return andList([...new Set(columns.flatMap((each) => (each.type === null ? [] : typeText(each.type))))]);
}

function isAsked({ isAssumed, persistence, partitionOf }: Table): boolean {
  return !isAssumed && persistence !== 'temporary' && partitionOf === null;
}

interface MoneyOfTable {
  readonly table: Table;
  readonly columns: readonly Column[];
}

function fixFor(all: readonly MoneyOfTable[], graph: SchemaGraph): Fix | undefined {
  const isRefused = (each: Column) => each.type?.entity !== undefined || typeChange(graph, each) === 'refused';
  const columns = all.flatMap((each) => each.columns);
  if (columns.some(isRefused) || isReturnedAsItIs(graph, columns)) return undefined;
  const statements = all.map(({ table, columns }) => {
    const actions = columns.map((each) => sql`alter column ${each.name} type numeric`).join(',\n  ');
    return `${sql`alter table ${table.name}`}\n  ${actions};`;
  });
  return {
    title: 'Make it numeric (writes the table anew)',
    safety: 'review',
    sql: statements.join('\n'),
  };
}
