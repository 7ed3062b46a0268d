import {
  bornBy,
  brief,
  classForOperator,
  defineRule,
  display,
  distanceOperator,
  type EntityOf,
  type Fix,
  fieldsOfStatement,
  isBornInSameMigration,
  keptRival,
  type QualifiedName,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  type Statement,
  sql,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;

export default defineRule({
  meta: {
    id: 'ivfflat-before-data',
    category: 'performance',
    severity: 'medium',
    summary: 'An IVFFlat index is built in the migration that creates its table, while that is empty.',
    why: 'IVFFlat sorts vectors into lists around centres that it computes once, from the rows there are when it is built. From an empty table the centres are chance, the lists uneven, and searches miss near neighbours for ever after, without any error.',
    remedy:
      'Use HNSW, which needs no rows to start from, or build the IVFFlat index when the table is filled and rebuild it as the data changes.',
    scope: [
      'An INSERT or COPY into the table that stands before the index in the same migration counts as filling it; where a function or a script does that, say so in an ignore comment.',
    ],
    messages: {
      empty:
        '{{index}} takes the centres of its lists from an empty table: it is built in the migration that creates {{table}}, so that searches over {{column}} miss near neighbours.',
    },
    needs: ['history'],
    restsOn: ['indexes'],
    references: ['https://github.com/pgvector/pgvector#ivfflat'],
  },
  visit: {
    index(index, { graph, journal, statements, report }) {
      const relation = graph.find(index.relation);
      const [key] = index.keys;
      if (index.method !== 'ivfflat' || relation?.kind !== 'table' || key === undefined || index.parent !== null)
        return;
      const built = bornBy(journal, index.id);
      // CREATE TABLE … AS brings its rows. Of two indexes for one distance, duplicate-vector-index says which is to go.
      if (built === undefined || bornBy(journal, relation.id)?.kind !== 'CreateStmt' || keptRival(graph, index)) return;
      if (!isBornInSameMigration(journal, relation.id, built)) return;
      if (statements.some((each) => each.migration === built.migration && fills(each, relation.name, built))) return;
      const column = key.column === null ? 'the vectors' : quoteIdentifier(graph.get('column', key.column).name);
      const data = { index: quoteIdentifier(index.name.name), table: brief(relation.name), column };
      report({ entity: index, message: 'empty', data, fix: () => fixFor(graph, index) });
    },
  },
});

/** Does a statement before the index bring rows into the table? */
function fills(statement: Statement, table: QualifiedName, built: Statement): boolean {
  if (statement.index >= built.index) return false;
  const copy = fieldsOfStatement(statement, 'CopyStmt');
  const target =
    fieldsOfStatement(statement, 'InsertStmt')?.relation ?? (copy?.is_from === true ? copy.relation : undefined);
  return target?.relname === table.name && (target.schemaname === undefined || target.schemaname === table.schema);
}

function fixFor(graph: SchemaGraph, index: Index): Fix | undefined {
  const [key, second] = index.keys;
  const table = graph.get('table', index.relation);
  const operator = distanceOperator(graph, index);
  if (key?.column == null || second !== undefined || index.predicate !== null || operator === undefined)
    return undefined;
  const column = graph.get('column', key.column);
  const opclass = classForOperator(column, operator);
  if (opclass === undefined) return undefined;
  return {
    title: 'Build an HNSW index in its place (writes to the table wait while it is built)',
    safety: 'review',
    sql: sql`create index on ${table.name} using hnsw (${column.name} ${raw(display(opclass))});\ndrop index ${index.name};`,
  };
}
