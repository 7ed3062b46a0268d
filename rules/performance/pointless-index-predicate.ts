import {
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  indexDefinition,
  keysText,
  nullCondition,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  spareIndex,
  sql,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;

export default defineRule({
  meta: {
    id: 'pointless-index-predicate',
    category: 'performance',
    severity: 'low',
    summary: 'The WHERE of an index leaves no row out, or lets none in, as its column is NOT NULL.',
    why: 'A condition that is true for every row saves nothing, but the planner takes a partial index only where the query implies the condition: a plain ORDER BY, or ON CONFLICT by a unique key, passes it by. With IS NULL the index stays empty for ever.',
    remedy:
      'Build the index without the WHERE. Where it says IS NULL on a column that never is, drop it, or ask why the column was made NOT NULL.',
    messages: {
      all: 'The condition of {{index}} leaves out no row of {{table}}, as {{column}} is never NULL; only queries that imply it can use the index.',
      conflict:
        'The condition of the unique index {{index}} leaves out no row of {{table}}, as {{column}} is never NULL; ON CONFLICT {{keys}} does not find the index without it.',
      none: '{{index}} is always empty: its condition asks for rows of {{table}} whose {{column}} is NULL, which it never is.',
    },
    restsOn: ['indexes', 'columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/indexes-partial.html'],
  },
  visit: {
    index(index, { graph, report }) {
      const table = graph.find(index.relation);
      if (index.predicate === null || index.parent !== null || table?.kind !== 'table' || table.isAssumed) return;
      const condition = nullCondition(graph, index.predicate);
      if (condition === undefined || spareIndex(graph, index) !== undefined) return;
      const data = {
        index: quoteIdentifier(index.name.name),
        table: brief(table.name),
        column: quoteIdentifier(graph.get('column', condition.column).name),
      };
      if (condition.admits === 'none') {
        const fix: Fix = { title: 'Drop the empty index', safety: 'review', sql: sql`drop index ${index.name};` };
        report({ entity: index, message: 'none', data, fix });
        return;
      }
      const about = { entity: index, fix: () => fixFor(graph, index) };
      if (index.isUnique) report({ ...about, message: 'conflict', data: { ...data, keys: keysText(graph, index) } });
      else report({ ...about, message: 'all', data });
    },
  },
});

function fixFor(graph: SchemaGraph, index: Index): Fix | undefined {
  const definition = indexDefinition(graph, index, { withoutPredicate: true });
  if (definition === undefined) return undefined;
  return {
    title: 'Build the index without the condition (writes to the table wait while it is built)',
    safety: 'review',
    sql: sql`${raw(definition)};\ndrop index ${index.name};`,
  };
}
