import {
  addedChecks,
  andList,
  brief,
  columnsJudgedByTriggers,
  counted,
  defineRule,
  domainsOf,
  type EntityOf,
  type Fix,
  isNamed,
  type NamePatterns,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  standingTable,
  storedType,
  valueChecks,
  writtenColumns,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

/** Values of settings, what others sent, rows as they were. */
const ANY_JSON: NamePatterns = [
  ...['value', '*_value', 'raw_*', '*_raw', '*_payload', 'payload', 'old_*', 'new_*', '*_before', '*_after'],
  ...['*_snapshot', 'snapshot', 'diff', '*_diff', 'patch', '*_patch', '*_webhook_*', '*_request', '*_response'],
];

export default defineRule({
  meta: {
    id: 'unvalidated-jsonb',
    category: 'integrity',
    severity: 'low',
    confidence: 'likely',
    summary: 'A jsonb column takes JSON of any shape.',
    why: 'Readers expect an object or a list. A string, a number, the JSON null or an object without the key they look for is stored all the same, and fails, or counts as absent, wherever it is read.',
    remedy:
      "Say at least what kind of value it is, CHECK (jsonb_typeof(c) = 'object'), and which keys must be there (c ? 'kind'); with pg_jsonschema a whole schema. What is always there under one key is better a column.",
    scope: ["Columns for any JSON (a setting's value, what a webhook sent, a row as it was) are not meant."],
    messages: {
      one: '{{table}}.{{columns}} takes any JSON, such as a bare string or the JSON null: no CHECK looks at its shape.',
      several:
        '{{count}} of {{table}} take any JSON, such as a bare string or the JSON null: no CHECK looks at the shape of {{columns}}.',
    },
    restsOn: ['columns', 'constraints', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/functions-json.html'],
    optionDocs: { anyJson: 'Names of columns that are there for JSON of any shape, by whole words.' },
  },
  defaults: { anyJson: ANY_JSON },
  visit: {
    table({ id }, { graph, options, report }) {
      const table = standingTable(graph, id);
      if (table === undefined) return;
      const columns = writtenColumns(graph, table).filter(
        (each) => isJsonb(graph, each) && !isNamed(each.name, options.anyJson) && !isLookedAt(graph, each),
      );
      const [first] = columns;
      if (first === undefined) return;
      const data = {
        table: brief(table.name),
        columns: andList(
          columns.map((each) => quoteIdentifier(each.name)),
          6,
        ),
      };
      const about = { entity: table, origin: first.origin, fix: () => fixFor(graph, table, columns) };
      if (columns.length === 1) report({ ...about, message: 'one', data });
      else {
        const count = counted(columns.length, 'jsonb column');
        report({ ...about, message: 'several', data: { ...data, count } });
      }
    },
  },
});

function isJsonb(graph: SchemaGraph, { type }: Column): boolean {
  const stored = storedType(graph, type);
  return stored !== null && !stored.isArray && stored.name.schema === 'pg_catalog' && stored.name.name === 'jsonb';
}

function isLookedAt(graph: SchemaGraph, column: Column): boolean {
  return (
    valueChecks(graph, column).length > 0 ||
    domainsOf(graph, column.type).length > 0 ||
    columnsJudgedByTriggers(graph, column.relation).has(column.id)
  );
}

/** The kind of the default, where it has one; else either of the two that hold values. */
function fixFor(graph: SchemaGraph, table: EntityOf<'table'>, columns: readonly Column[]): Fix {
  return {
    title: 'Let only objects or lists in, as the defaults have it (name the keys that must be there, too)',
    safety: 'review',
    sql: addedChecks(
      graph,
      table,
      columns.map(({ name, default: value }) => {
        const start = /^\s*'\s*([[{])/.exec(value?.text ?? '')?.[1];
        const kinds = start === '{' ? "= 'object'" : start === '[' ? "= 'array'" : "in ('object', 'array')";
        return { name: `${name}_shape`, condition: raw(sql`jsonb_typeof(${name}) ${raw(kinds)}`) };
      }),
    ),
  };
}
