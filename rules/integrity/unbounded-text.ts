import {
  addedChecks,
  admittedClients,
  andList,
  brief,
  columnsJudgedByTriggers,
  columnsOpenTo,
  columnsSetByTriggers,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  hasRole,
  isKeyToOther,
  isLengthMinimum,
  isNamed,
  type NamePatterns,
  policyComparisons,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  standingTable,
  storedType,
  typeClass,
  valueChecks,
  writtenColumns,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'unbounded-text',
    category: 'integrity',
    severity: 'low',
    confidence: 'likely',
    summary: 'Client roles may write texts of any length.',
    why: 'Whoever has the public key of the app can fill a column with a text of up to 1 GB, row by row: disk, backups and every reader that loads the row pay for it. What a form limits, a call of the API does not.',
    remedy: 'Limit what clients write: varchar(n), or a CHECK on char_length.',
    scope: [
      'Columns whose values a CHECK, a domain, a foreign key or a trigger limits in any way are not reported, nor are those of a plain index, which takes no key above some 2,700 bytes.',
    ],
    messages: {
      one: 'Clients may write texts of any length into {{table}}.{{columns}}.',
      several: 'Clients may write texts of any length into {{count}} of {{table}}: {{columns}}.',
    },
    restsOn: ['columns', 'constraints', 'indexes', 'policies', 'rowSecurity', 'privileges', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/datatype-character.html'],
  },
  visit: {
    table({ id }, { graph, settings, report }) {
      const table = standingTable(graph, id);
      if (table === undefined || !graph.isKnown(table, 'rowSecurity')) return;
      const writers = admittedClients(graph, table, settings.clientRoles, ['insert', 'update']);
      if (writers.length === 0) return;
      const open = new Set(columnsOpenTo(graph, table, writers));
      const set = columnsSetByTriggers(graph, table.id, 'insert').sets;
      const columns = writtenColumns(graph, table).filter(
        (each) => open.has(each) && isUnbounded(graph, each) && !set.some(({ column }) => column === each.id),
      );
      const [first] = columns;
      if (first === undefined) return;
      const about = { entity: table, origin: first.origin, fix: () => fixFor(graph, table, columns) };
      const data = {
        table: brief(table.name),
        columns: andList(
          columns.map((each) => quoteIdentifier(each.name)),
          6,
        ),
      };
      if (columns.length === 1) report({ ...about, message: 'one', data });
      else report({ ...about, message: 'several', data: { ...data, count: counted(columns.length, 'column') } });
    },
  },
});

function isUnbounded(graph: SchemaGraph, column: Column): boolean {
  const stored = storedType(graph, column.type);
  // "char" and name are short by themselves, character(n) by its length.
  const isLong = stored !== null && /^(?:text|varchar|citext)$/.test(stored.name.name) && stored.modifiers.length === 0;
  if (!isLong || typeClass(graph, column.type) !== 'text' || hasRole(graph, column, 'status')) return false;
  return !(
    isKeyToOther(graph, column) ||
    valueChecks(graph, column).some((each) => !isLengthMinimum(each)) ||
    columnsJudgedByTriggers(graph, column.relation).has(column.id) ||
    isIndexed(graph, column) ||
    isCallers(graph, column)
  );
}

function isIndexed(graph: SchemaGraph, { relation, id }: Column): boolean {
  return graph
    .ownedBy(relation, 'index')
    .some((each) => each.method === 'btree' && each.predicate === null && each.keys.some((key) => key.column === id));
}

/** A policy admits only the caller's own value there. */
function isCallers(graph: SchemaGraph, { relation, id }: Column): boolean {
  return graph
    .ownedBy(relation, 'policy')
    .some((policy) => policyComparisons(graph, policy).some((each) => each.column === id && each.via === 'value'));
}

/** What holds a page of text, not a line. */
const LONG: NamePatterns = [
  ...['*_content', '*_body', '*_html', '*_markdown', '*_text', '*_transcript', '*_document', '*_code', '*_payload'],
  ...['*_data', '*_prompt', '*_article', '*_story', '*_message', '*_summary', '*_json', '*_xml', '*_response'],
];

function fixFor(graph: SchemaGraph, table: Table, columns: readonly Column[]): Fix {
  return {
    title: 'Limit the lengths (choose the limits to fit; fails while a longer text is there)',
    safety: 'review',
    sql: addedChecks(
      graph,
      table,
      columns.map(({ name }) => {
        const limit = isNamed(name, LONG) ? 100_000 : 2_000;
        return { name: `${name}_length`, condition: raw(sql`char_length(${name}) <= ${limit}`) };
      }),
    ),
  };
}
