import {
  brief,
  counted,
  defineRule,
  type EntityOf,
  type Fix,
  indexDefinition,
  isBuiltIn,
  isUsersOwn,
  quoteIdentifier,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Index = EntityOf<'index'>;

export default defineRule({
  meta: {
    id: 'oversized-index-key',
    category: 'integrity',
    severity: 'medium',
    summary: 'A btree index holds whole jsonb documents: larger ones cannot be stored.',
    why: 'An entry of a btree has to fit three times into a page: 2,704 bytes, after compression. A row whose document is larger is refused with 54000 (index row size exceeds btree version 4 maximum), by INSERT and UPDATE alike, on the day the first such document comes. What such an index can answer is the equality of whole documents only.',
    remedy:
      "Index what is asked for: an expression such as (data ->> 'kind'), or GIN for @> and ?. A document that an index-only scan is to give back (INCLUDE) has the same limit.",
    messages: {
      key: 'An INSERT or UPDATE fails with 54000 where {{column}} of {{table}} takes more than about 2,700 bytes after compression, which is five times as much where its text repeats itself: the btree index {{index}} holds all of it in one entry.',
    },
    restsOn: ['indexes'],
    references: ['https://www.postgresql.org/docs/current/btree.html#BTREE-LIMITS'],
  },
  visit: {
    index(index, { graph, report }) {
      const table = graph.find(index.relation);
      if (index.method !== 'btree' || table?.kind !== 'table' || !isUsersOwn(graph, table) || index.parent !== null)
        return;
      const held = [...index.keys.flatMap(({ column }) => column ?? []), ...index.include];
      const document = held
        .map((id) => graph.get('column', id))
        .find(({ type }) => type !== null && isBuiltIn(type, 'jsonb') && !type.isArray);
      if (document === undefined) return;
      report({
        entity: index,
        message: 'key',
        data: {
          column: quoteIdentifier(document.name),
          table: brief(table.name),
          index: quoteIdentifier(index.name.name),
        },
        fix: () => fixFor(graph, index, document),
      });
    },
  },
});

/** Without the column, where others are left to look up by and nothing rests on the index. */
function fixFor(graph: SchemaGraph, index: Index, { id, name }: EntityOf<'column'>): Fix | undefined {
  const keys = index.keys.filter(({ column }) => column !== id);
  if (index.constraint !== null || index.isUnique || keys.length === 0) return undefined;
  const rest: Index = { ...index, keys, include: index.include.filter((each) => each !== id) };
  const written = indexDefinition(graph, rest);
  if (written === undefined) return undefined;
  return {
    title: `Leave ${quoteIdentifier(name)} out: ${counted(keys.length, 'column')} of the key ${keys.length === 1 ? 'stays' : 'stay'} (writes to the table wait while the index is built)`,
    safety: 'review',
    sql: `${sql`drop index ${index.name};`}\n${written};`,
  };
}
