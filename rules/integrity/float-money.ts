import {
  andList,
  brief,
  COLUMN_NAMES,
  defineRule,
  type EntityOf,
  type Fix,
  hasRole,
  quoteIdentifier,
  type SchemaGraph,
  sql,
  typeChange,
  typeClass,
  typeText,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

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
      if (table.isAssumed || table.persistence === 'temporary' || table.partitionOf !== null) return;
      const columns = graph
        .columns(table.id)
        .filter((each) => isFloat(each, graph) && hasRole(graph, each, 'money', options.names));
      const [first, ...others] = columns;
      if (first === undefined) return;
      const data = {
        table: brief(table.name),
        columns: andList(columns.map((each) => quoteIdentifier(each.name))),
        type: typesOf(columns),
      };
      const related = others.flatMap(({ name, origin }) =>
        origin.from === 'statement' ? [{ note: `${quoteIdentifier(name)} too`, at: origin.at }] : [],
      );
      report({
        entity: table,
        origin: first.origin,
        message: 'float',
        data,
        related,
        fix: () => fixFor(table, columns, graph),
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

function fixFor(table: EntityOf<'table'>, columns: readonly Column[], graph: SchemaGraph): Fix | undefined {
  if (columns.some((each) => each.type?.entity !== undefined || typeChange(graph, each) === 'refused'))
    return undefined;
  const actions = columns.map((each) => sql`alter column ${each.name} type numeric`).join(',\n  ');
  return {
    title: 'Make it numeric (writes the table anew)',
    safety: 'review',
    sql: `${sql`alter table ${table.name}`}\n  ${actions};`,
  };
}
