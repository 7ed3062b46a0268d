import {
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  isSameNoun,
  nounOf,
  quoteIdentifier,
  remakeForeignKey,
  rowOf,
  type SchemaGraph,
  storedType,
  tablesNamed,
  wordsOf,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'misleading-foreign-key',
    category: 'integrity',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A foreign key column bears the name of one table and refers to another.',
    why: 'Whoever writes a query joins by the name: with keys of one type that runs, finds no row or the wrong one, and says nothing. Mostly a table was copied or renamed and the key still points to the old one, so that rows can be stored only for the wrong table.',
    remedy:
      'Let the key refer to the table it is named after, or name the column after the table it refers to. Tables that share their key (profiles.id refers to users.id) are one and not reported.',
    messages: {
      misleading:
        '{{column}} refers to {{target}}, although there is a table {{named}}: a join by the name finds wrong rows or none, and {{row}} cannot be referred to.',
    },
    restsOn: ['constraints', 'existence'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    foreignKey(key, { graph, report }) {
      const [id, ...more] = key.columns;
      if (id === undefined || more.length > 0 || key.parent !== null || !key.isEnforced) return;
      const column = graph.get('column', id);
      const table = graph.get('table', key.table);
      const target = graph.get('table', key.referencedTable);
      const noun = nounOf(column.name);
      if (noun === undefined || isNamedAfter(target, noun) || column.isInherited) return;
      const named = tablesNamed(graph, noun).find((each) => each.name.schema === table.name.schema);
      if (named === undefined || named.id === table.id || sharesKey(named, target, graph)) return;
      const [wanted, ...others] = graph.primaryKey(named.id)?.columns ?? [];
      if (wanted === undefined || others.length > 0) return;
      const [own, theirs] = [column, graph.get('column', wanted)].map(
        (each) => storedType(graph, each.type)?.name.name,
      );
      if (own === undefined || own !== theirs) return;
      report({
        entity: key,
        message: 'misleading',
        data: {
          column: `${brief(table.name)}.${quoteIdentifier(column.name)}`,
          target: brief(target.name),
          named: brief(named.name),
          row: rowOf(brief(named.name)),
        },
        fix: fixFor(key, named, wanted, graph),
      });
    },
  },
});

/** product_categories is named by category_id too; so is a table that has all of the words in another order. */
function isNamedAfter(table: Table, noun: string): boolean {
  const words = wordsOf(table.name.name);
  return noun.split('_').some((each) => words.some((word) => isSameNoun(word, each)));
}

/** One row here is one row there: the key of one, or a unique column of it, refers to the other, directly or by way of a third. */
function sharesKey(a: Table, b: Table, graph: SchemaGraph): boolean {
  const up = (table: Table): readonly Table['id'][] =>
    graph
      .ownedBy(table.id, 'foreignKey')
      .filter((key) => key.columns.length === 1 && isUnique(key, graph))
      .map((key) => key.referencedTable);
  const [fromA, fromB] = [up(a), up(b)];
  return fromA.includes(b.id) || fromB.includes(a.id) || fromA.some((each) => fromB.includes(each));
}

function isUnique({ table, columns: [column] }: ForeignKey, graph: SchemaGraph): boolean {
  return graph
    .ownedBy(table, 'index')
    .some(
      (index) =>
        index.isUnique && index.predicate === null && index.keys.length === 1 && index.keys[0]?.column === column,
    );
}

/** Only for rows that name a row of the other table: those of the old table have to be mended first. */
function fixFor(key: ForeignKey, named: Table, wanted: Table['id'], graph: SchemaGraph): Fix {
  return {
    title: `Let it refer to ${brief(named.name)} (fails while rows hold ids of ${brief(graph.get('table', key.referencedTable).name)}: mend those first)`,
    safety: 'review',
    sql: remakeForeignKey(graph, key, { referencedTable: named.id, referencedColumns: [wanted] }),
  };
}
